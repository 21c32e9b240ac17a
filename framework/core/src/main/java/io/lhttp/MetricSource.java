package io.lhttp;

import java.util.List;

/**
 * Something that counts. A filter, processor or broker that implements this has its figures shown
 * among the server's metrics, beside the messages, refusals and times that are counted for every
 * link anyway.
 */
public interface MetricSource {
  /**
   * The figures as they are now. Called by any thread, every few seconds: returns at once. How many
   * there are is bounded by the configuration: no name or label is made of what a client sends.
   */
  List<Metric> metrics();
}
