package io.lhttp.chain;

import io.lhttp.Filter;
import java.util.concurrent.Callable;

/**
 * The description of one filter of a generation.
 *
 * @param name unique in its chain; errors, metrics and traces show it
 * @param fingerprint of its content and options. If the running generation has the same name and
 *     fingerprint, its instance is carried over
 * @param make creates the instance; its exception refuses the generation
 */
public record FilterSpec(
    String name, String fingerprint, OnError onError, Callable<? extends Filter> make) {

  /** An existing instance, which is its own fingerprint. */
  public static FilterSpec of(String name, Filter filter) {
    return new FilterSpec(name, Fingerprint.of(filter), OnError.REFUSE, () -> filter);
  }
}
