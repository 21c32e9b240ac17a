/** Text and bytes to a {@link io.lhttp.message.Message} and back. Depends on the JDK alone. */
@NullMarked
package io.lhttp.message;

import org.jspecify.annotations.NullMarked;
