package io.lhttp.bench;

/**
 * CPU time of a process or several.
 *
 * @param user microseconds in their own code
 * @param kernel microseconds in the kernel on their behalf
 */
public record CpuTime(double user, double kernel) {
  public static final CpuTime NONE = new CpuTime(0, 0);

  public CpuTime plus(CpuTime other) {
    return new CpuTime(user + other.user, kernel + other.kernel);
  }

  public CpuTime minus(CpuTime other) {
    return new CpuTime(user - other.user, kernel - other.kernel);
  }

  public double micros() {
    return user + kernel;
  }

  public CpuTime times(double factor) {
    return new CpuTime(user * factor, kernel * factor);
  }

  /**
   * Scales these coarse times to an exact sum. The exact sum lacks threads that have ended, so it
   * counts only if it differs by no more than ticks do.
   *
   * @param most the greatest error of the coarse sum
   */
  public CpuTime scaledTo(double exactMicros, double most) {
    return micros() > 0 && Math.abs(exactMicros - micros()) <= most
        ? times(exactMicros / micros())
        : this;
  }
}
