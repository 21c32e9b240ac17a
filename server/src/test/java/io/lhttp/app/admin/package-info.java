/** Tests of the operator's view. */
@NullMarked
package io.lhttp.app.admin;

import org.jspecify.annotations.NullMarked;
