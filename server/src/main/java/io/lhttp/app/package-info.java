/** The entry of the application; everything else must stand in the packages below. */
@NullMarked
package io.lhttp.app;

import org.jspecify.annotations.NullMarked;
