@NullMarked
package io.lhttp.bench.links;

import org.jspecify.annotations.NullMarked;
