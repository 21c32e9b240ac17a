package io.lhttp.bench.reloads;

import io.lhttp.bench.ServerProcess;
import io.lhttp.bench.Target;
import java.io.IOException;
import java.util.stream.Stream;

/** A running server with a rule that can be changed while it serves. */
@SuppressWarnings("try") // the end of a process may be interrupted
interface Changeable extends AutoCloseable {
  String version();

  Target target();

  Crowd.Paths paths();

  /** Gives the rule this number. May return before the rule is in force. */
  void change(int number) throws Exception;

  /** Returns the number of the rule in force; -1 if the server does not answer. */
  int inForce() throws Exception;

  /** The resident memory of all its processes. */
  default double residentMiB() throws IOException {
    var kib = 0.0;
    var root = ProcessHandle.of(target().pid());
    for (var handle :
        root.stream().flatMap(r -> Stream.concat(Stream.of(r), r.descendants())).toList()) {
      kib += resident(handle.pid());
    }
    return kib / 1024;
  }

  private static double resident(long pid) {
    try {
      return new ServerProcess(pid).residentKiB();
    } catch (IOException e) {
      return 0; // the process has ended
    }
  }
}
