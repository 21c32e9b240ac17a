package io.lhttp;

/** The rest of the chain after one filter. The filter calls it on the exchange's thread. */
public interface Chain {
  /**
   * Runs the filters after this one and then the processor.
   *
   * @return the message's outcome
   * @throws IllegalStateException if the filter called it before for this exchange; the text names
   *     the filter
   */
  Outcome proceed(Exchange exchange) throws Exception;
}
