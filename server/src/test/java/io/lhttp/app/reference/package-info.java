/** Generates the reference pages and the schema of {@code lhttp.yaml}, and tests them. */
@NullMarked
package io.lhttp.app.reference;

import org.jspecify.annotations.NullMarked;
