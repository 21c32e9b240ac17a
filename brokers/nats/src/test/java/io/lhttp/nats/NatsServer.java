package io.lhttp.nats;

import static java.util.Objects.requireNonNull;

import io.lhttp.fixture.Ports;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** A process of nats-server that a test can kill and start again on the same port. */
public final class NatsServer implements AutoCloseable {
  private static final List<String> FOLDERS = List.of("/usr/sbin", "/usr/local/bin", "/usr/bin");
  private static final String PROGRAM = "nats-server";

  private final Path folder;
  private final List<String> arguments;
  private final int port;
  private Process process;

  private NatsServer(Path folder, List<String> arguments) throws IOException {
    this.folder = folder;
    this.arguments = List.copyOf(arguments);
    // NATS must not choose the port itself, because it has to come back on the same one.
    port = Ports.free();
    process = run();
  }

  /** Starts a server. Aborts the test if this machine has no nats-server. */
  public static NatsServer start(Path folder, String... arguments) throws IOException {
    Assumptions.assumeTrue(program() != null, "missing program: nats-server");
    return new NatsServer(folder, List.of(arguments));
  }

  public int port() {
    return port;
  }

  public URI uri() {
    return URI.create("nats://127.0.0.1:" + port);
  }

  /** Kills the server as {@code kill -9} does. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Starts the server again, with the same port and folder. */
  public void restart() throws IOException {
    process = run();
  }

  /** Starts the server again, with other arguments. */
  public void restartWith(String... other) throws IOException {
    process = run(List.of(other));
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(TestClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Process run() throws IOException {
    return run(arguments);
  }

  private Process run(List<String> arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(requireNonNull(program()));
    command.addAll(List.of("-a", "127.0.0.1", "-p", Integer.toString(port)));
    command.addAll(List.of("-sd", folder.resolve("jetstream").toString()));
    command.addAll(arguments);
    var started = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = started.inputReader();
    var said = new StringBuilder();
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      said.append(line).append('\n');
      if (line.contains("Server is ready")) {
        Thread.ofVirtual().start(() -> output.lines().forEach(ignored -> {}));
        return started;
      }
    }
    throw new IOException("nats-server did not start:\n" + said);
  }

  private static @Nullable String program() {
    var path = System.getenv().getOrDefault("PATH", "").split(":");
    return Stream.concat(Stream.of(path), FOLDERS.stream())
        .map(folder -> Path.of(folder, PROGRAM))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElse(null);
  }
}
