/** The texts of compiled sources, for stack traces. Nothing here reads files or compiles. */
@NullMarked
package io.lhttp.app.code.source;

import org.jspecify.annotations.NullMarked;
