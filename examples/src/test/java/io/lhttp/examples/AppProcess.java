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

/** An application that runs as its users run it: in a process of its own, on a free port. */
final class AppProcess implements AutoCloseable {
  /** The project's folder. */
  static final Path HOME = Path.of(System.getProperty("lhttp.home", "..")).toAbsolutePath();

  private static final String READY = "listening on ";

  private final Process process;
  private final List<String> output = new ArrayList<>();
  private final CompletableFuture<URI> listening = new CompletableFuture<>();

  private AppProcess(Process process) {
    this.process = process;
    Thread.ofPlatform().daemon().start(this::readOutput);
  }

  /** Serves an application folder; returns once it accepts connections. */
  static AppProcess dev(Path folder) {
    try {
      var builder =
          new ProcessBuilder(CommandRun.commandLine("dev", folder.toString(), "--port", "0"));
      var app = new AppProcess(builder.redirectErrorStream(true).start());
      app.uri();
      return app;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One of the examples. */
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

  /** The same address for HTTP. */
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
