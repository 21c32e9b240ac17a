@NullMarked
package io.lhttp.app.code;

import org.jspecify.annotations.NullMarked;
