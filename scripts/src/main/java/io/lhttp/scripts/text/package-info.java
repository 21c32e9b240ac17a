/** JSON texts, sizes and bodies as scripts see them. It must not enter a context. */
@NullMarked
package io.lhttp.scripts.text;

import org.jspecify.annotations.NullMarked;
