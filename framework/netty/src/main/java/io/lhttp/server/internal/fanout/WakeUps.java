package io.lhttp.server.internal.fanout;

import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of other event loops that have got deliveries from this event loop, and that it has
 * not woken yet. All publications of one read of a socket cost each of them one wake-up, and reach
 * its sockets in the same system calls.
 *
 * <p>The event loop's context owns it. Confined to the event loop.
 */
public final class WakeUps {
  /**
   * The number of deliveries after which the endpoints are woken before the turn ends, so that a
   * long turn delays no delivery for long.
   */
  private static final int MOST = 128;

  private static final FastThreadLocal<@Nullable WakeUps> CURRENT = new FastThreadLocal<>();

  private final BooleanSupplier schedule;
  private final List<LoopEndpoint> asleep = new ArrayList<>();
  private int deliveries;

  /**
   * @param schedule lets the event loop call {@link #wake} at the end of this turn; false if the
   *     event loop has ended
   */
  public WakeUps(BooleanSupplier schedule) {
    this.schedule = schedule;
  }

  /** Collects the wake-ups of the current thread, which is the event loop's, from now on. */
  public void begin() {
    CURRENT.set(this);
  }

  /** Those of the current thread; null if it is no event loop of a server. */
  static @Nullable WakeUps current() {
    // the look-up would give a virtual thread a map of its own
    return Thread.currentThread().isVirtual() ? null : CURRENT.getIfExists();
  }

  /** Notes that an endpoint has got a delivery without being woken. */
  void add(LoopEndpoint endpoint) {
    if (asleep.isEmpty() && !schedule.getAsBoolean()) {
      endpoint.wake();
      return;
    }
    if (!asleep.contains(endpoint)) {
      asleep.add(endpoint);
    }
    if (++deliveries >= MOST) {
      wake();
    }
  }

  /** Wakes all noted endpoints. */
  public void wake() {
    deliveries = 0;
    for (var i = 0; i < asleep.size(); i++) {
      asleep.get(i).wake();
    }
    asleep.clear();
  }
}
