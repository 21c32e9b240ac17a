package io.lhttp.chain;

import io.lhttp.Filter;
import java.util.concurrent.Callable;

/**
 * The description of one filter of a generation.
 *
 * @param name unique in its chain; errors, metrics and traces show it
 * @param fingerprint identifies the filter's code and options. If the running generation has a
 *     filter with the same name and fingerprint, the new generation keeps its instance
 * @param make creates the instance; if it throws, the generation is not built
 */
public record FilterSpec(
    String name, String fingerprint, OnError onError, Callable<? extends Filter> make) {

  /**
   * Describes an existing instance. Its fingerprint is its identity, so a reload with the same
   * instance keeps it.
   */
  public static FilterSpec of(String name, Filter filter) {
    return new FilterSpec(name, Fingerprint.of(filter), OnError.REFUSE, () -> filter);
  }

  /** As {@link #of}, but the server never closes the instance. */
  public static FilterSpec borrowed(String name, OnError onError, Filter filter) {
    return new FilterSpec(name, Fingerprint.of(filter), onError, new BorrowedLink<>(filter));
  }
}
