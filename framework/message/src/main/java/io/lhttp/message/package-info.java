/**
 * The codec between text or bytes and a {@link io.lhttp.message.Message}. It must use only the JDK.
 */
@NullMarked
package io.lhttp.message;

import org.jspecify.annotations.NullMarked;
