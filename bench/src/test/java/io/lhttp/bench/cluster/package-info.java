@NullMarked
package io.lhttp.bench.cluster;

import org.jspecify.annotations.NullMarked;
