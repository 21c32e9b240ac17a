package io.lhttp.bench;

import java.io.IOException;
import java.util.List;

/** The frame of a bench's {@code main}: its help, its errors and its exit code. */
public final class Program {
  /** A bench. */
  @FunctionalInterface
  public interface Body {
    /**
     * Returns whether the bench reached what it promises.
     *
     * @throws IllegalArgumentException if the command line is wrong
     */
    boolean run(List<String> line) throws Exception;
  }

  private Program() {}

  /** Runs a bench, and ends the process with 0, 1 for a failure or 2 for a wrong command line. */
  public static void run(String usage, String[] line, Body body) throws Exception {
    var words = List.of(line);
    if (words.contains("--help")) {
      System.out.print(usage);
      return;
    }
    try {
      System.exit(body.run(words) ? 0 : 1);
    } catch (IllegalArgumentException e) {
      System.err.printf("%s%n%n%s", e.getMessage(), usage);
      System.exit(2);
    } catch (IOException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }
}
