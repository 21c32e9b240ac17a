/** The JavaScript context and the objects that scripts see in it. It must not read files. */
@NullMarked
package io.lhttp.scripts.context;

import org.jspecify.annotations.NullMarked;
