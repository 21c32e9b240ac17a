/** Scripts' fetch: requests and answers. */
@NullMarked
package io.lhttp.scripts.fetch;

import org.jspecify.annotations.NullMarked;
