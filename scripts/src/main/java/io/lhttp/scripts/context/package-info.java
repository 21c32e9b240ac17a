/** The JavaScript context and the objects that scripts see in it; files must not be read here. */
@NullMarked
package io.lhttp.scripts.context;

import org.jspecify.annotations.NullMarked;
