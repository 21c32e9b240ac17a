package io.lhttp.bench;

/** The counts of one event loop's connections; confined to that loop. */
public final class Meter {
  /** The number of messages that the requests so far must cause. */
  public long expected;

  public long received;
  public Histogram latency = new Histogram();

  /** Returns the sums, and the latencies since the last call. */
  Meter drain() {
    var copy = new Meter();
    copy.expected = expected;
    copy.received = received;
    copy.latency = latency;
    latency = new Histogram();
    return copy;
  }

  void add(Meter other) {
    expected += other.expected;
    received += other.received;
    latency.add(other.latency);
  }

  long missing() {
    return expected - received;
  }

  void giveUp() {
    expected = received;
  }
}
