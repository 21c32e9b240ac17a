package io.lhttp.bench.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** A child process. It ends when this process ends; the last lines of its output are kept. */
final class Child implements AutoCloseable {
  private static final int LAST_WORDS = 60;
  private static final long PATIENCE_SECONDS = 60;

  private final Process process;
  private final Thread ender;
  private final CompletableFuture<String> ready = new CompletableFuture<>();

  /** The last lines of the output. Guarded by the lock of this deque. */
  private final Deque<String> words = new ArrayDeque<>();

  private Child(Process process, Predicate<String> sign) {
    this.process = process;
    this.ender = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(ender);
    Thread.ofVirtual().start(() -> read(sign));
  }

  /**
   * Starts the process; returns when it has printed the line that says that it is ready.
   *
   * @throws IOException with its last lines if it ends before
   */
  static Child start(
      List<String> command, Map<String, String> environment, Path folder, Predicate<String> sign)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    var child = new Child(builder.start(), sign);
    try {
      child.ready.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return child;
    } catch (ExecutionException | TimeoutException e) {
      child.kill();
      throw new IOException(command.getFirst() + " did not start:\n" + child.lastWords(), e);
    }
  }

  /** The line that said that the process is ready. */
  String sign() {
    return ready.join();
  }

  long pid() {
    return process.pid();
  }

  /** Kills the process like {@code kill -9}. */
  void kill() {
    process.destroyForcibly();
    end();
  }

  /** Sends SIGTERM, and waits for the end of the process. */
  void terminate() throws IOException, InterruptedException {
    process.destroy();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("a process does not end:\n" + lastWords());
    }
    end();
  }

  String lastWords() {
    synchronized (words) {
      return String.join("\n", words);
    }
  }

  @Override
  public void close() {
    kill();
  }

  private void end() {
    process.onExit().join();
    Runtime.getRuntime().removeShutdownHook(ender);
  }

  private void read(Predicate<String> sign) {
    try (var reader = process.inputReader()) {
      for (var line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (words) {
          words.add(line);
          if (words.size() > LAST_WORDS) {
            words.remove();
          }
        }
        if (sign.test(line)) {
          ready.complete(line);
        }
      }
    } catch (IOException e) {
      // the process has ended
    }
    ready.completeExceptionally(new IOException("it has ended"));
  }
}
