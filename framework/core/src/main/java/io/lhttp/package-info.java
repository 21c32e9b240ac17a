/** What filters and processors are written against. */
@NullMarked
package io.lhttp;

import org.jspecify.annotations.NullMarked;
