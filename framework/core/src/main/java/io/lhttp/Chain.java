package io.lhttp;

/** The rest of the chain, as a filter sees it. */
public interface Chain {
  /**
   * Runs the filters after this one and then the processor.
   *
   * @return what became of the message
   * @throws IllegalStateException where this filter has called it before for this exchange; it
   *     names the filter
   */
  Outcome proceed(Exchange exchange) throws Exception;
}
