/**
 * Measures the cost of small filters in JavaScript and in Java, beside handlers of Vert.x. It must
 * not change the servers that it measures.
 */
@NullMarked
package io.lhttp.bench.links;

import org.jspecify.annotations.NullMarked;
