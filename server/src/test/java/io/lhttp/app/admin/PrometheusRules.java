package io.lhttp.app.admin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules of {@code promtool check metrics} on names and labels in the text format. */
final class PrometheusRules {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]*");
  private static final Pattern LABEL = Pattern.compile("[{,]([a-zA-Z0-9_]+)=\"");
  private static final Pattern OTHER_UNIT =
      Pattern.compile(
          ".*_(ns|us|ms|nanoseconds|microseconds|milliseconds|minutes|hours|days|kilobytes|kib|mib"
              + "|megabytes|percent|celsius_degrees)(_.*)?");

  private PrometheusRules() {}

  /** Returns each violation as a line. */
  static List<String> broken(String text) {
    var broken = new ArrayList<String>();
    var types = new HashMap<String, String>();
    var helped = new HashSet<String>();
    for (var line : text.lines().toList()) {
      if (line.startsWith("# HELP ")) {
        helped.add(line.split(" ", 4)[2]);
      } else if (line.startsWith("# TYPE ")) {
        var words = line.split(" ", 4);
        types.put(words[2], words[3]);
        family(words[2], words[3], helped, broken);
      } else if (!line.isBlank()) {
        sample(line, types, broken);
      }
    }
    return broken;
  }

  private static void family(String name, String type, Set<String> helped, List<String> to) {
    if (!helped.contains(name)) {
      to.add(name + ": no help text");
    }
    if (!NAME.matcher(name).matches()) {
      to.add(name + ": not in snake_case");
    }
    if (type.equals("counter") != name.endsWith("_total")) {
      to.add(name + ": _total is for counters, and all of them");
    }
    for (var suffix : List.of("_count", "_sum", "_bucket")) {
      if (name.endsWith(suffix)) {
        to.add(name + ": " + suffix + " is for histograms and summaries");
      }
    }
    if (OTHER_UNIT.matcher(name).matches()) {
      to.add(name + ": not in a base unit");
    }
    if (name.endsWith("_" + type)) {
      to.add(name + ": names its type");
    }
  }

  private static void sample(String line, Map<String, String> types, List<String> to) {
    var name = line.split("[{ ]", 2)[0];
    var type = types.getOrDefault(name, types.getOrDefault(name.replaceFirst("_[a-z]+$", ""), ""));
    var labels = LABEL.matcher(line);
    while (labels.find()) {
      var label = labels.group(1);
      if ((label.equals("quantile") && !type.equals("summary"))
          || (label.equals("le") && !type.equals("histogram"))) {
        to.add(name + ": the label " + label + " on a " + type);
      }
    }
  }
}
