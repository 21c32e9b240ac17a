/** Tests of the JSON of the server API. */
@NullMarked
package io.lhttp.app.api.json;

import org.jspecify.annotations.NullMarked;
