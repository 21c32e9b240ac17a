package io.lhttp.bench;

/** What the connections of one event loop have seen; belongs to that loop. */
public final class Meter {
  /** Messages that the requests so far must bring. */
  public long expected;

  public long received;
  public Histogram latency = new Histogram();

  /** The totals, and the latencies since the last call. */
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
