/**
 * The Java code of an application folder: read, checked, compiled and loaded. It must not know
 * chains.
 */
@NullMarked
package io.lhttp.app.code;

import org.jspecify.annotations.NullMarked;
