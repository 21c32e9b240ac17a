/** The examples, run as their users run them, and what the folders of the project promise. */
@NullMarked
package io.lhttp.examples;

import org.jspecify.annotations.NullMarked;
