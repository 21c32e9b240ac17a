/**
 * Logs exceptions safely, and keeps timers running after them. It must not decide about messages.
 */
@NullMarked
package io.lhttp.internal.log;

import org.jspecify.annotations.NullMarked;
