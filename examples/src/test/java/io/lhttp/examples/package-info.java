/**
 * Tests that run the examples and the pages as users do, and that check the rules of the project's
 * folders.
 */
@NullMarked
package io.lhttp.examples;

import org.jspecify.annotations.NullMarked;
