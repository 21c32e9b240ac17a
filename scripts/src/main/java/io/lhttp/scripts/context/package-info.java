/** The JavaScript context and the objects that scripts see in it. */
@NullMarked
package io.lhttp.scripts.context;

import org.jspecify.annotations.NullMarked;
