package io.lhttp;

/** The rest of the chain, as a filter sees it. */
public interface Chain {
  /**
   * Runs the filters after this one and then the processor. Where this filter has called {@link
   * Exchange#refuse}, none of them runs, and that refusal is returned.
   *
   * @return what became of the message
   * @throws IllegalStateException where this filter has called it before for this exchange; it
   *     names the filter
   */
  Outcome proceed(Exchange exchange) throws Exception;
}
