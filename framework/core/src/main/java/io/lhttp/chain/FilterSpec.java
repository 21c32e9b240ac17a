package io.lhttp.chain;

import io.lhttp.Filter;
import java.util.concurrent.Callable;

/**
 * A filter that a generation is to have.
 *
 * @param name unique in its chain; errors, metrics and traces speak of it
 * @param fingerprint of its content and options: where the running generation has the same name and
 *     fingerprint, its instance is carried over
 * @param make makes the instance; what it throws is the reason why the generation is refused
 */
public record FilterSpec(
    String name, String fingerprint, OnError onError, Callable<? extends Filter> make) {

  /** An instance that is there already and is its own fingerprint. */
  public static FilterSpec of(String name, Filter filter) {
    return new FilterSpec(name, Fingerprint.of(filter), OnError.REFUSE, () -> filter);
  }
}
