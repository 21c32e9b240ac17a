package io.lhttp.examples;

import io.lhttp.testing.TestClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** An application in a process of its own, on a free port, as its users run it. */
final class AppProcess implements AutoCloseable {
  /** The project's folder. */
  static final Path HOME = Path.of(System.getProperty("lhttp.home", "..")).toAbsolutePath();

  private static final String READY = "listening on ";

  /** Matches the parts of a line that may differ between two runs. */
  private static final Pattern DIFFERS = Pattern.compile("\\d+|…");

  private final Process process;
  private final List<String> output = new ArrayList<>();

  /** The number of output lines that {@link #await} has looked at. Guarded by output. */
  private int found;

  private final CompletableFuture<URI> listening = new CompletableFuture<>();

  private AppProcess(Process process) {
    this.process = process;
    Thread.ofPlatform().daemon().start(this::readOutput);
  }

  /** Starts {@code dev} for an application folder. Returns once the server accepts connections. */
  static AppProcess dev(Path folder) {
    return dev(HOME, folder.toString());
  }

  /**
   * Starts {@code dev} in a working directory.
   *
   * @param folder the application's folder, as named from there
   */
  static AppProcess dev(Path directory, String folder) {
    try {
      var builder =
          new ProcessBuilder(CommandRun.commandLine("dev", folder, "--port", "0"))
              .directory(directory.toFile());
      var app = new AppProcess(builder.redirectErrorStream(true).start());
      app.uri();
      return app;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts one of the examples. */
  static AppProcess example(String name) {
    return dev(HOME.resolve("examples").resolve(name));
  }

  URI uri() {
    try {
      return listening.get(TestClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (Exception e) {
      process.destroyForcibly();
      throw new AssertionError("the application did not start:\n" + output(), e);
    }
  }

  /** The address of a path by HTTP. */
  URI http(String path) {
    return URI.create("http://127.0.0.1:" + uri().getPort() + path);
  }

  TestClient connect() {
    return TestClient.connect(URI.create("ws://127.0.0.1:" + uri().getPort() + "/"));
  }

  String output() {
    synchronized (output) {
      return String.join("\n", output);
    }
  }

  /**
   * Waits for a line of the output, after the lines that earlier calls have found. Numbers may
   * differ, and an ellipsis stands for any text.
   */
  void await(String line) {
    var pattern = pattern(line);
    var deadline = System.nanoTime() + TestClient.PATIENCE.toNanos();
    synchronized (output) {
      while (true) {
        for (; found < output.size(); found++) {
          if (pattern.matcher(output.get(found)).matches()) {
            found++;
            return;
          }
        }
        var left = deadline - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("no line '%s' in:\n%s".formatted(line, output()));
        }
        try {
          TimeUnit.NANOSECONDS.timedWait(output, left);
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
    }
  }

  private static Pattern pattern(String line) {
    var regex = new StringBuilder();
    var at = 0;
    for (var differs = DIFFERS.matcher(line); differs.find(); at = differs.end()) {
      regex.append(Pattern.quote(line.substring(at, differs.start())));
      regex.append(differs.group().equals("…") ? ".*" : "\\d+");
    }
    return Pattern.compile(regex + Pattern.quote(line.substring(at)));
  }

  /** Sends SIGTERM; returns the exit code. */
  int stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(TestClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the application did not end:\n" + output());
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private void readOutput() {
    try (BufferedReader reader = process.inputReader()) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (output) {
          output.add(line);
          output.notifyAll();
        }
        if (line.startsWith(READY)) {
          listening.complete(URI.create(line.substring(READY.length()).strip()));
        }
      }
    } catch (IOException e) {
      listening.completeExceptionally(e);
    }
    listening.completeExceptionally(new IOException("the output has ended"));
  }
}
