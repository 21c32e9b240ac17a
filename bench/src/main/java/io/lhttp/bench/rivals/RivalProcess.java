package io.lhttp.bench.rivals;

import io.lhttp.bench.Target;
import io.lhttp.bench.cluster.Nats;
import io.lhttp.bench.cluster.Scratch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A server that a rival's script has started. It ends when this process ends. */
public final class RivalProcess implements AutoCloseable {
  private static final long START_SECONDS = 30;

  private final Process process;
  private final Target target;
  private final Scratch scratch;
  private final Thread ender;

  private RivalProcess(Process process, Target target, Scratch scratch) {
    this.process = process;
    this.target = target;
    this.scratch = scratch;
    this.ender = new Thread(() -> destroy(process));
    Runtime.getRuntime().addShutdownHook(ender);
  }

  /**
   * Starts a prepared rival on a free port; returns when it accepts connections.
   *
   * @param words further words for the script
   * @throws RivalScript.MissingException with the reason why it does not start
   */
  public static RivalProcess start(RivalScript script, String name, String... words)
      throws Exception {
    var scratch = new Scratch();
    var address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), Nats.freePort());
    var process = script.start(address.getPort(), scratch.path(), words);
    var running = new RivalProcess(process, new Target(name, address, process.pid()), scratch);
    try {
      running.awaitListening();
      return running;
    } catch (IOException | InterruptedException e) {
      running.close();
      throw e;
    }
  }

  private void awaitListening() throws IOException, InterruptedException {
    var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (process.isAlive() && System.nanoTime() < end) {
      try (var socket = new Socket()) {
        socket.connect(target.address());
        return;
      } catch (IOException notYet) {
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
    }
    throw new RivalScript.MissingException(
        process.isAlive()
            ? "not listening within %d s".formatted(START_SECONDS)
            : "its server ended with " + process.exitValue());
  }

  public Target target() {
    return target;
  }

  /** The folder that the script got for its files. */
  public Path scratch() {
    return scratch.path();
  }

  @Override
  public void close() throws IOException {
    destroy(process);
    Runtime.getRuntime().removeShutdownHook(ender);
    scratch.close();
  }

  private static void destroy(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
