package io.lhttp;

import java.util.List;

/**
 * A filter, processor or broker with figures of its own. The server shows them beside the messages,
 * refusals and times that it counts for every link.
 */
public interface MetricSource {
  /**
   * Returns the current figures. Any thread calls it every few seconds, so it must return at once.
   * The number of figures must not depend on names that clients send.
   */
  List<Metric> metrics();
}
