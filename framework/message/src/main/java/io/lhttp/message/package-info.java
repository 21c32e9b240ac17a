/**
 * The codec between text or bytes and a {@link io.lhttp.message.Message}; it must not use anything
 * but the JDK.
 */
@NullMarked
package io.lhttp.message;

import org.jspecify.annotations.NullMarked;
