package io.lhttp.internal.chain;

import io.lhttp.Outcome;

/** One step of a message in the chain: a filter, or the processor at the end. */
interface Link {
  /** Runs the message; throws nothing, as a failure is an outcome. */
  Outcome run(RunningExchange exchange);
}
