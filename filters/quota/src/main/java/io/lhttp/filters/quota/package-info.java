/** The filter {@code quota} with the tenants and their counts. */
@NullMarked
package io.lhttp.filters.quota;

import org.jspecify.annotations.NullMarked;
