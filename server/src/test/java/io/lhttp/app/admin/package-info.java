/** Tests of the pages and metrics that operators see. */
@NullMarked
package io.lhttp.app.admin;

import org.jspecify.annotations.NullMarked;
