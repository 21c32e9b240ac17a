/**
 * The methods of the server API, each a record of its fields. They must know neither HTTP nor keys.
 * The package has more than 20 files, because each method has a file of its own.
 */
@NullMarked
package io.lhttp.app.api.method;

import org.jspecify.annotations.NullMarked;
