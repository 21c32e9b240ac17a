@NullMarked
package io.lhttp.app.code.leak;

import org.jspecify.annotations.NullMarked;
