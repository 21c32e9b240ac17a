package io.lhttp.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A server that {@code ./lhttp} has started, as a user does, and that listens.
 *
 * @param brake the process that slows the server down; empty if it runs at full speed
 * @param clock the seconds until it listened
 * @param cpu the seconds of CPU time until then
 */
public record LaunchedServer(
    Process process, Optional<Process> brake, String address, double clock, double cpu) {
  private static final long MINUTES = 5;

  public Target target() {
    var uri = URI.create(address);
    return new Target("start", new InetSocketAddress(uri.getHost(), uri.getPort()), process.pid());
  }

  public void end() throws InterruptedException {
    brake.ifPresent(Process::destroy);
    process.destroyForcibly();
    process.waitFor(MINUTES, TimeUnit.MINUTES);
  }

  /** Builds the server, and prepares the fast start of a command. */
  public static void prepare(String command, String app) throws Exception {
    var launcher = new ProcessBuilder("./lhttp", command, app).inheritIO();
    launcher.environment().put("LHTTP_PREPARE", "yes");
    if (launcher.start().waitFor() != 0) {
      throw new IOException("no fast start of " + command + " could be prepared");
    }
  }

  /**
   * Starts a server, and returns once it listens.
   *
   * @param command {@code serve} or {@code dev}
   * @param share the percentage of one processor that the start may have
   */
  public static LaunchedServer start(String command, String app, int share) throws Exception {
    var line = new ArrayList<>(List.of("./lhttp", command, app, "--port", "0"));
    line.addAll(List.of("--set", "listen=127.0.0.1:0", "--set", "admin=127.0.0.1:0"));
    var began = System.nanoTime();
    var process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var brake = share == 100 ? Optional.<Process>empty() : Optional.of(brake(process, share));
    for (var said = process.inputReader().readLine();
        said != null;
        said = process.inputReader().readLine()) {
      if (said.startsWith("listening on ")) {
        return new LaunchedServer(
            process,
            brake,
            said.substring("listening on ".length()),
            (System.nanoTime() - began) / 1e9,
            process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9);
      }
    }
    throw new IOException(command + " did not start");
  }

  /** Stops the process for a part of each tenth of a second, to simulate a slow machine. */
  private static Process brake(Process process, int share) throws IOException {
    var script =
        "while kill -STOP $1; do sleep 0.%03d; kill -CONT $1; sleep 0.%03d; done 2>/dev/null"
            .formatted(100 - share, share);
    return new ProcessBuilder("sh", "-c", script, "sh", Long.toString(process.pid())).start();
  }
}
