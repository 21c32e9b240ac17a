package io.lhttp.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A Java process on this machine, observed through {@code /proc} and {@code jcmd}. */
public record ServerProcess(long pid) {
  /** The kernel's unit of CPU times in {@code /proc}: 10 ms on every Linux. */
  private static final double TICK_MICROS = 10_000;

  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
  private static final Pattern ALLOCATED = Pattern.compile(" allocated=([\\d.]+)([BKMGT])");
  private static final String UNITS = "BKMGT";

  public static ServerProcess self() {
    return new ServerProcess(ProcessHandle.current().pid());
  }

  /** The user and system time of all its threads. */
  public double cpuMicros() throws IOException {
    return cpu().micros();
  }

  /** The user time and the system time. */
  public CpuTime cpu() throws IOException {
    return parse(Files.readString(proc("stat")));
  }

  /**
   * The CPU time to the nanosecond, but without ended threads and without the split into user and
   * system time; 0 if the kernel does not report it.
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

  /** Parses {@code /proc/PID/stat}, in which the program's name may contain any character. */
  static CpuTime parse(String stat) {
    var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return new CpuTime(
        Long.parseLong(fields[11]) * TICK_MICROS, Long.parseLong(fields[12]) * TICK_MICROS);
  }

  /** The busy CPU time of the whole machine. */
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

  /** The resident memory that no other process shares, and that is not the clean copy of a file. */
  double privateKiB() throws IOException {
    try (var lines = Files.lines(proc("smaps_rollup"))) {
      return lines
          .filter(line -> line.startsWith("Private_Dirty:"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow(() -> new IOException("no Private_Dirty of process " + pid));
    }
  }

  /**
   * The resident memory in use, after garbage collections, and after freed memory of the JIT
   * compilers (up to 30 MiB) went back to the kernel. Repeats this until the value changes by less
   * than 1 % in a pause, or for 15 pauses.
   */
  public double usedResidentKiB(Duration pause) throws IOException, InterruptedException {
    jcmd("GC.run");
    jcmd("GC.run"); // collects the memory that reference queues released after the first collection
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

  /** The bytes that its live threads have allocated. */
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
