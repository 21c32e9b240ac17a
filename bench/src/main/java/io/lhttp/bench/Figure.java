package io.lhttp.bench;

import java.util.Locale;

/** The measured figures, as columns of the table. */
public enum Figure {
  RATE("messages/s received", 0),
  /** The estimated rate if the driver took none of the CPU time. */
  RATE_WITHOUT_DRIVER("… with the driver elsewhere", 0),
  /** Messages per second of CPU time that server and driver take together. */
  RATE_PER_CPU("messages per second of CPU", 0),
  SERVER_CPU("server CPU, µs/message", 2),
  DRIVER_CPU("driver CPU, µs/message", 2),
  DRIVER_BUSY("driver's threads busy, %", 0),
  OTHERS_CPU("CPU taken by others, %", 0),
  P50("latency p50, µs", 0),
  P99("latency p99, µs", 0),
  P999("latency p99.9, µs", 0),
  ALLOCATED("server allocates, B/message", 0),
  LOST("messages lost", 0),
  LONGEST("a dripper lasts, at most, s", 1),
  PER_CONNECTION("resident KiB/connection", 2),
  PER_CONNECTION_RAW("… with garbage, KiB/connection", 2),
  BASE("resident MiB before the first", 1),
  RESIDENT("resident MiB with all", 1);

  final String label;
  private final int digits;

  Figure(String label, int digits) {
    this.label = label;
    this.digits = digits;
  }

  public String format(double value) {
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}
