package io.lhttp.bench;

/**
 * Processor time of a process or several.
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
   * These coarse times, scaled to a sum that was taken to the nanosecond. The exact sum lacks the
   * threads that ended meanwhile, so it counts only where it differs by no more than ticks do.
   *
   * @param most how far the coarse sum may be off
   */
  public CpuTime scaledTo(double exactMicros, double most) {
    return micros() > 0 && Math.abs(exactMicros - micros()) <= most
        ? times(exactMicros / micros())
        : this;
  }
}
