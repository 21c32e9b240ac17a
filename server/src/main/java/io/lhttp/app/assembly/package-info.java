/**
 * An application built from its folder: filters, processors, scripts and resources. It must not
 * watch files.
 */
@NullMarked
package io.lhttp.app.assembly;

import org.jspecify.annotations.NullMarked;
