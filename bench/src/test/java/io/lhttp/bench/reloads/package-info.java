@NullMarked
package io.lhttp.bench.reloads;

import org.jspecify.annotations.NullMarked;
