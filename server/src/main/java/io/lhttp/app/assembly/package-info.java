/**
 * Builds an application from its folder: filters, processors, scripts and resources. Code here must
 * not watch the folder for changes.
 */
@NullMarked
package io.lhttp.app.assembly;

import org.jspecify.annotations.NullMarked;
