package io.lhttp.internal.version;

/** Gets each filter and processor that no generation uses any more. */
@FunctionalInterface
public interface ClosedLinks {
  /**
   * Called once for each link after its {@code close()}, on any thread. Exchanges that were overdue
   * may still use the link, see {@link Generations#pins}.
   *
   * @param kind {@code filter} or {@code processor}
   */
  void closed(String kind, String name, Object link);
}
