/** The entry point of the application. All other code must be in the packages below. */
@NullMarked
package io.lhttp.app;

import org.jspecify.annotations.NullMarked;
