@NullMarked
package io.lhttp.bench.rivals;

import org.jspecify.annotations.NullMarked;
