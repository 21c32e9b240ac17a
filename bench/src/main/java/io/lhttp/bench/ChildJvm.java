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

/** A process of its own for a main of this class path; it ends when this one does. */
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
   * @param flags for the JVM
   * @param words for the main
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

  /** The same without a profiler. */
  public static List<Result> results(List<String> flags, Class<?> main, List<String> words)
      throws IOException, InterruptedException {
    return results(flags, main, words, Profiler.NONE);
  }

  /**
   * Runs a main to its end, and prints what it measures as it comes.
   *
   * @param profiler starts once the load says that it is warm
   * @throws IOException where it fails
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
   * Lets a main that waits for its {@link Turns} take one.
   *
   * @return what it has measured, empty where it has warmed up
   * @throws IOException where it has ended
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

  /** The next line that it prints, null at its end. */
  @Nullable String line() throws IOException {
    return lines.readLine();
  }

  public long pid() {
    return process.pid();
  }

  /** Waits until this server accepts connections; what else it prints is dropped from then on. */
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

  /** Waits for its end; its exit status. */
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
