/**
 * An application made of its folder: filters, processors, scripts and resources; files must not be
 * watched here.
 */
@NullMarked
package io.lhttp.app.assembly;

import org.jspecify.annotations.NullMarked;
