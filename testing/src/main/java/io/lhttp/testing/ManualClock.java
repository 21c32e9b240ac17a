package io.lhttp.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that moves only when a test moves it. All threads may use it. */
public final class ManualClock extends Clock {
  private final AtomicLong nanos;
  private final ZoneId zone;

  /** Creates a clock at the beginning of 2026, UTC. */
  public ManualClock() {
    this(Instant.parse("2026-01-01T00:00:00Z"));
  }

  public ManualClock(Instant start) {
    this(new AtomicLong(ChronoUnit.NANOS.between(Instant.EPOCH, start)), ZoneOffset.UTC);
  }

  private ManualClock(AtomicLong nanos, ZoneId zone) {
    this.nanos = nanos;
    this.zone = zone;
  }

  public void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }

  @Override
  public Instant instant() {
    return Instant.EPOCH.plusNanos(nanos.get());
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  /** Returns a clock with the same time in another zone. */
  @Override
  public Clock withZone(ZoneId zone) {
    return new ManualClock(nanos, zone);
  }

  /** Returns the clock's time in nanoseconds, to be used like {@link System#nanoTime}. */
  public long nanoTime() {
    return nanos.get();
  }
}
