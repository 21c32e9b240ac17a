/**
 * Writing throwables to the log safely, and keeping timers alive after them; no decision about a
 * message may be made here.
 */
@NullMarked
package io.lhttp.internal.log;

import org.jspecify.annotations.NullMarked;
