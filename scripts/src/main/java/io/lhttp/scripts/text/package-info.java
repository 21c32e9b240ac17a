/** JSON, sizes and bodies as scripts see them; no context may be entered here. */
@NullMarked
package io.lhttp.scripts.text;

import org.jspecify.annotations.NullMarked;
