@NullMarked
package io.lhttp.app;

import org.jspecify.annotations.NullMarked;
