/** What an operator sees and does, on a port of its own. */
@NullMarked
package io.lhttp.app.admin;

import org.jspecify.annotations.NullMarked;
