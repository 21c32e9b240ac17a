package io.lhttp.app.code.leak;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The kinds of things that keep replaced classes and instances in memory. */
enum HolderKind {
  THREAD("thread", "end it in close()"),
  EXECUTOR("executor", "shut the executor down in close()"),
  HTTP_SERVER("http-server", "stop() it in close()"),
  TIMER("timer", "cancel it in close()"),
  THREAD_LOCAL("thread-local", "remove() it in the thread that has set it"),
  SHUTDOWN_HOOK("shutdown-hook", "call Runtime.removeShutdownHook in close()"),
  HANDLER("exception-handler", "restore the former handler in close()"),
  LOGGING("logging", "remove it from the logger in close()"),
  JDK("jdk", "undo the registration in close()"),
  CODE("other-code", "let go of it in close()"),
  SERVER("server", "let go of it in close()"),
  UNKNOWN("unknown", "compare the paths from the roots of a heap dump");

  /** The value of the label in the metric about held class loaders. */
  final String label;

  final String advice;

  HolderKind(String label, String advice) {
    this.label = label;
    this.advice = advice;
  }

  /** Counts the reasons by the label of their kind, with zeros. */
  static Map<String, Integer> count(Stream<HoldReason> holds) {
    var counts = new TreeMap<String, Integer>();
    for (var by : values()) {
      counts.put(by.label, 0);
    }
    holds.forEach(hold -> counts.merge(hold.by().label, 1, Integer::sum));
    return Collections.unmodifiableMap(counts);
  }
}
