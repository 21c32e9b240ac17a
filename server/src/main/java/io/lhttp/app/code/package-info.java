/** The Java code of an application folder: read, checked, compiled, loaded and instantiated. */
@NullMarked
package io.lhttp.app.code;

import org.jspecify.annotations.NullMarked;
