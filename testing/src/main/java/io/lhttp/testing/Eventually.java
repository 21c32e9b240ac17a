package io.lhttp.testing;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition that another thread fulfils. */
public final class Eventually {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private Eventually() {}

  /**
   * Waits until the condition holds.
   *
   * @throws AssertionError with the text {@code what} if the condition does not hold within {@link
   *     TestClient#PATIENCE}
   */
  public static void holds(String what, BooleanSupplier condition) {
    var end = System.nanoTime() + TestClient.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + TestClient.PATIENCE + ": " + what);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}
