/** Tests of the small HTTP server. */
@NullMarked
package io.lhttp.app.http;

import org.jspecify.annotations.NullMarked;
