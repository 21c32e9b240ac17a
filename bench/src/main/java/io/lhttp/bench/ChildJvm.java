package io.lhttp.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A child process that runs a main class of this class path. It ends when this process ends. */
public final class ChildJvm implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("listening on ws://(\\S+:\\d+)/.*");

  private final Process process;
  private final BufferedReader lines;
  private final Thread ender;

  private ChildJvm(Process process) {
    this.process = process;
    this.lines = process.inputReader();
    this.ender = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(ender);
  }

  /**
   * @param flags options of the JVM
   * @param words arguments of the main class
   */
  public static ChildJvm start(List<String> flags, Class<?> main, List<String> words)
      throws IOException {
    var line = new ArrayList<String>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(flags);
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    line.addAll(words);
    return new ChildJvm(
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** Runs a main class without a profiler. */
  public static List<Result> results(List<String> flags, Class<?> main, List<String> words)
      throws IOException, InterruptedException {
    return results(flags, main, words, Profiler.NONE);
  }

  /**
   * Runs a main class to its end, and prints its results as they come.
   *
   * @param profiler starts when the load reports that it is warm
   * @throws IOException if the main class fails
   */
  static List<Result> results(
      List<String> flags, Class<?> main, List<String> words, Profiler profiler)
      throws IOException, InterruptedException {
    var results = new ArrayList<Result>();
    try (var child = start(flags, main, words)) {
      for (var line = child.line(); line != null; line = child.line()) {
        if (line.equals(Load.WARM)) {
          profiler.start();
        }
        Result.parse(line)
            .ifPresent(result -> {
              results.add(result);
              System.out.println("  " + result.summary());
            });
      }
      if (child.end() != 0) {
        throw new IOException(main.getSimpleName() + " failed");
      }
    }
    return results;
  }

  /**
   * Lets the main class, which waits for its {@link TurnSignals}, run one turn.
   *
   * @return its result; empty after a warm-up
   * @throws IOException if the process has ended
   */
  Optional<Result> turn() throws IOException {
    var out = process.outputWriter();
    out.newLine();
    out.flush();
    for (var line = line(); line != null; line = line()) {
      var result = Result.parse(line);
      if (line.equals(Load.WARM) || result.isPresent()) {
        return result;
      }
    }
    throw new IOException("a load ended before its time");
  }

  /** Returns the next line of the output; null at its end. */
  @Nullable String line() throws IOException {
    return lines.readLine();
  }

  public long pid() {
    return process.pid();
  }

  /** Waits until the server accepts connections; later output is dropped. */
  public Target listening(String name) throws IOException {
    for (var line = line(); line != null; line = line()) {
      var match = LISTENING.matcher(line);
      if (match.matches()) {
        Thread.ofVirtual().start(() -> lines.lines().forEach(dropped -> {}));
        return Target.parse("%s=%s@%d".formatted(name, match.group(1), pid()));
      }
    }
    throw new IOException("the server '%s' ended before it was listening".formatted(name));
  }

  /** Waits for the end of the process. Returns the exit status. */
  int end() throws InterruptedException {
    return process.waitFor();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().removeShutdownHook(ender);
  }
}
