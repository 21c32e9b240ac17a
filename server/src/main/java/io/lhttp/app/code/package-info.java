/**
 * The Java code of an application folder: read, checked, compiled and loaded. It must not know
 * chains.
 *
 * <p>This package has more than 20 files because sources, jars, resources and drivers of users
 * share one class loader and the steps that fill it.
 */
@NullMarked
package io.lhttp.app.code;

import org.jspecify.annotations.NullMarked;
