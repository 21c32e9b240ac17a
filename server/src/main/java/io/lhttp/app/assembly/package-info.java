/** An application made of its folder: filters, processors, scripts and resources. */
@NullMarked
package io.lhttp.app.assembly;

import org.jspecify.annotations.NullMarked;
