/**
 * The Java code of an application folder: read, checked, compiled and loaded; no chain may be known
 * here.
 */
@NullMarked
package io.lhttp.app.code;

import org.jspecify.annotations.NullMarked;
