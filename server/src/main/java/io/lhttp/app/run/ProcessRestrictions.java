package io.lhttp.app.run;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The restrictions that the server inherits from its parent process.
 *
 * @param ignoredSignals those of the signals in {@link Signals} that the parent had ignored, and
 *     that the JVM therefore ignores, too
 * @param descriptors the limit of open files and sockets; empty if unknown
 * @param fileNames the encoding of file names
 */
record ProcessRestrictions(Set<String> ignoredSignals, OptionalLong descriptors, String fileNames) {

  static ProcessRestrictions of(Signals signals) {
    return new ProcessRestrictions(
        signals.ignored(),
        ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
            ? OptionalLong.of(system.getMaxFileDescriptorCount())
            : OptionalLong.empty(),
        System.getProperty("sun.jnu.encoding", StandardCharsets.UTF_8.name()));
  }

  /**
   * Returns one line for the user about each restriction.
   *
   * @param connections the limit of connections that the settings require
   * @param reload another way to request a reload
   */
  List<String> obstacles(int connections, String reload) {
    var lines = new ArrayList<String>();
    if (ignoredSignals.contains("HUP")) {
      lines.add(
          "SIGHUP is ignored, as the process that started this one ignores it (nohup does): kill -HUP"
              + " reloads nothing, "
              + reload);
    }
    for (var signal : List.of("TERM", "INT")) {
      var other = signal.equals("TERM") ? "INT" : "TERM";
      if (ignoredSignals.contains(signal)) {
        lines.add(
            "SIG%s is ignored, as the process that started this one ignores it: it does not stop the server, %s"
                .formatted(
                    signal,
                    ignoredSignals.contains(other)
                        ? "and SIGKILL alone does, without draining"
                        : "SIG" + other + " drains and stops it"));
      }
    }
    if (descriptors.isPresent() && descriptors.getAsLong() < connections) {
      lines.add(
          ("%d files and sockets may be open at once (ulimit -n, LimitNOFILE=), fewer than"
                  + " limits.connections: %d")
              .formatted(descriptors.getAsLong(), connections));
    }
    if (!fileNames.equalsIgnoreCase("UTF-8")) {
      lines.add(
          "files whose names are not ASCII can't be found, as names are %s here: install or set a locale with UTF-8, such as LC_ALL=C.UTF-8"
              .formatted(fileNames));
    }
    return lines;
  }
}
