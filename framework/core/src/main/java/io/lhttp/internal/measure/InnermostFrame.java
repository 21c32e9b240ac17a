package io.lhttp.internal.measure;

import java.util.Set;

/** The place of a thread for the log: its innermost frame outside the JDK. */
public final class InnermostFrame {
  private static final Set<String> JDK = Set.of("java", "javax", "jdk", "sun");

  private InnermostFrame() {}

  /**
   * Returns a place such as {@code Slow.<init>(Slow.java:12)}, or words if the thread has no stack.
   */
  public static String of(Thread thread) {
    return of(thread.getStackTrace());
  }

  /** As {@link #of(Thread)}, for the stack of a thread. */
  public static String of(StackTraceElement[] frames) {
    for (var frame : frames) {
      if (!ofTheJdk(frame.getClassName())) {
        return text(frame);
      }
    }
    return frames.length > 0 ? text(frames[0]) : "(its thread has ended)";
  }

  private static boolean ofTheJdk(String className) {
    var dot = className.indexOf('.');
    return (dot > 0 && JDK.contains(className.substring(0, dot)))
        || className.startsWith("com.sun.");
  }

  /** Returns the frame as {@link #of} shows it. */
  public static String text(StackTraceElement frame) {
    return "%s.%s(%s:%d)"
        .formatted(
            frame.getClassName(),
            frame.getMethodName(),
            frame.getFileName(),
            frame.getLineNumber());
  }
}
