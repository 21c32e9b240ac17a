/** Tests of the texts of compiled sources. */
@NullMarked
package io.lhttp.app.code.source;

import org.jspecify.annotations.NullMarked;
