package io.lhttp.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A Java process on this machine, watched in {@code /proc} and asked by {@code jcmd}. */
public record ServerProcess(long pid) {
  /** The kernel's unit of CPU times in {@code /proc}: 10 ms on every Linux. */
  private static final double TICK_MICROS = 10_000;

  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
  private static final Pattern ALLOCATED = Pattern.compile(" allocated=([\\d.]+)([BKMGT])");
  private static final String UNITS = "BKMGT";

  public static ServerProcess self() {
    return new ServerProcess(ProcessHandle.current().pid());
  }

  /** User and system time of all its threads so far. */
  public double cpuMicros() throws IOException {
    return cpu().micros();
  }

  /** The same, user and system time apart. */
  public CpuTime cpu() throws IOException {
    return parse(Files.readString(proc("stat")));
  }

  /**
   * The same as {@link #cpu} to the nanosecond, but without the threads that have ended, and
   * without user and system time apart; 0 where the kernel does not tell.
   */
  public double runMicros() throws IOException {
    var nanos = 0.0;
    try (var threads = Files.newDirectoryStream(proc("task"))) {
      for (var thread : threads) {
        nanos += runNanos(thread.resolve("schedstat"));
      }
    }
    return nanos / 1000;
  }

  private static long runNanos(Path schedstat) {
    try {
      var text = Files.readString(schedstat);
      return Long.parseLong(text.substring(0, text.indexOf(' ')));
    } catch (IOException e) {
      return 0; // the thread has ended
    }
  }

  /** Reads the content of {@code /proc/PID/stat}; the program's name in it may hold anything. */
  static CpuTime parse(String stat) {
    var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return new CpuTime(
        Long.parseLong(fields[11]) * TICK_MICROS, Long.parseLong(fields[12]) * TICK_MICROS);
  }

  /** CPU time of the whole machine so far, in which somebody worked. */
  public static double machineMicros() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/stat"))) {
      var fields = lines.findFirst().orElseThrow().trim().split(" +", -1);
      var ticks = 0L;
      for (var i = 1; i < fields.length && i <= 8; i++) {
        var idle = i == 4 || i == 5;
        ticks += idle ? 0 : Long.parseLong(fields[i]);
      }
      return ticks * TICK_MICROS;
    }
  }

  public double residentKiB() throws IOException {
    var matcher = RESIDENT.matcher(Files.readString(proc("status")));
    if (!matcher.find()) {
      throw new IOException("no VmRSS of process " + pid);
    }
    return Double.parseDouble(matcher.group(1));
  }

  /**
   * Resident memory that is in use: garbage is collected, and what the JIT compilers have freed, up
   * to 30 MiB of it at a time, is given back to the kernel, again and again until the figure has
   * not moved by 1 % in a pause, or for 15 pauses.
   */
  double usedResidentKiB(Duration pause) throws IOException, InterruptedException {
    jcmd("GC.run");
    jcmd("GC.run"); // what the first one let go by reference queues
    var last = trimmedKiB();
    for (var i = 0; i < 15; i++) {
      Thread.sleep(pause);
      var now = trimmedKiB();
      if (Math.abs(now - last) < last / 100) {
        return now;
      }
      last = now;
    }
    return last;
  }

  private double trimmedKiB() throws IOException, InterruptedException {
    jcmd("System.trim_native_heap");
    return residentKiB();
  }

  /** Bytes that its live threads have allocated so far. */
  double allocatedBytes() throws IOException, InterruptedException {
    return ALLOCATED
        .matcher(jcmd("Thread.print", "-e"))
        .results()
        .mapToDouble(m ->
            Double.parseDouble(m.group(1)) * Math.pow(1024, UNITS.indexOf(m.group(2).charAt(0))))
        .sum();
  }

  private String jcmd(String... command) throws IOException, InterruptedException {
    var line = new ArrayList<String>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
    line.add(Long.toString(pid));
    line.addAll(List.of(command));
    var process = new ProcessBuilder(line).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("jcmd failed: " + output.lines().findFirst().orElse(""));
    }
    return output;
  }

  private Path proc(String file) {
    return Path.of("/proc", Long.toString(pid), file);
  }
}
