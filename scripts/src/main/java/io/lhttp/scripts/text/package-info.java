/** JSON, sizes and bodies. */
@NullMarked
package io.lhttp.scripts.text;

import org.jspecify.annotations.NullMarked;
