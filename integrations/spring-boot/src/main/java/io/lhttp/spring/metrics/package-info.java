/** The server's metrics in the application's meter registry. Only this package uses Micrometer. */
@NullMarked
package io.lhttp.spring.metrics;

import org.jspecify.annotations.NullMarked;
