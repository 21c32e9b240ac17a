/** Requests and responses of scripts' {@code fetch}; no context may be entered here. */
@NullMarked
package io.lhttp.scripts.fetch;

import org.jspecify.annotations.NullMarked;
