/**
 * How servers find and ask each other over NATS; connections, channels and the meaning of questions
 * must not be known here.
 */
@NullMarked
package io.lhttp.nats.internal.peers;

import org.jspecify.annotations.NullMarked;
