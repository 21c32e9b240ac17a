@NullMarked
package io.lhttp.app.reload;

import org.jspecify.annotations.NullMarked;
