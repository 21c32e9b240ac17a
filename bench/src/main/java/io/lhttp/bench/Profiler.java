package io.lhttp.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import one.profiler.AsyncProfilerLoader;

/** Runs async-profiler on our server, from the end of the warm-up to the end of the run. */
public record Profiler(Optional<Path> file, String event, long pid) implements AutoCloseable {
  /** The event that needs no permissions, unlike perf events. */
  private static final String CPU = "itimer";

  /** Profiles nothing. */
  public static final Profiler NONE = new Profiler(Optional.empty(), CPU, 0);

  /** Profiles nothing if no file is given. */
  public static Profiler of(Args args, long pid) {
    var event = args.option("event").orElse("cpu");
    return new Profiler(
        args.option("profile").map(Path::of).map(Path::toAbsolutePath),
        event.equals("cpu") ? CPU : event,
        pid);
  }

  public void start() throws IOException {
    if (file.isPresent()) {
      run("start", "-e", event);
    }
  }

  /** The file's extension chooses the format: .html a flame graph, .collapsed lines of stacks. */
  @Override
  public void close() throws IOException {
    if (file.isPresent()) {
      run("stop", "-f", file.get().toString());
      System.out.println("profile: " + file.get());
    }
  }

  private void run(String... words) throws IOException {
    var line = Arrays.copyOf(words, words.length + 1);
    line[words.length] = Long.toString(pid);
    AsyncProfilerLoader.executeProfiler(line);
  }
}
