package io.lhttp.internal.chain;

import io.lhttp.Outcome;

/** One station on a message's way: a filter, or the processor at the end. */
interface Link {
  /** Throws nothing: a failure is an outcome. */
  Outcome run(RunningExchange exchange);
}
