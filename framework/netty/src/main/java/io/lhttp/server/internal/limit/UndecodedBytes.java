package io.lhttp.server.internal.limit;

/**
 * The bytes that one decoder keeps until it can pass them on, as the budget counts them. The
 * decoder owns it; confined to the connection's event loop.
 */
public final class UndecodedBytes {
  private final Budget budget;
  private int counted;

  public UndecodedBytes(Budget budget) {
    this.budget = budget;
  }

  /**
   * Counts this number of bytes in place of the last one.
   *
   * @return false if the number has grown although the server's memory is used up
   */
  public boolean resize(int now) {
    if (now == counted) {
      return true;
    }
    budget.add(Budget.Part.RECEIVED, now - counted);
    var more = now > counted;
    counted = now;
    return !more || !budget.over();
  }

  /** Counts no bytes until the next call of {@link #resize}. */
  public void release() {
    if (counted > 0) {
      budget.add(Budget.Part.RECEIVED, -counted);
      counted = 0;
    }
  }
}
