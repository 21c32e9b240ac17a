/** Tests of the server API over HTTP. */
@NullMarked
package io.lhttp.app.api;

import org.jspecify.annotations.NullMarked;
