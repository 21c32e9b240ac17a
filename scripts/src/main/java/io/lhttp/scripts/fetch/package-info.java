/** Requests and responses of scripts' {@code fetch}. It must not enter a context. */
@NullMarked
package io.lhttp.scripts.fetch;

import org.jspecify.annotations.NullMarked;
