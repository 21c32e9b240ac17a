/**
 * JSON of the server API: reads and writes records strictly, and describes them as JSON Schema. It
 * must know no method of the API.
 */
@NullMarked
package io.lhttp.app.api.json;

import org.jspecify.annotations.NullMarked;
