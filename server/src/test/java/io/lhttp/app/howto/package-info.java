/** Tries the pages of {@code docs/how-to} with the programs that they are about. */
@NullMarked
package io.lhttp.app.howto;

import org.jspecify.annotations.NullMarked;
