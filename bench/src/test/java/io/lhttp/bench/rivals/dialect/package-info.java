@NullMarked
package io.lhttp.bench.rivals.dialect;

import org.jspecify.annotations.NullMarked;
