package io.lhttp.bench.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A nats-server that can be killed and started again on the same port. One thread uses it. */
public final class Nats implements AutoCloseable {
  private static final List<String> FOLDERS = List.of("/usr/sbin", "/usr/local/sbin", "/usr/bin");
  private static final String PROGRAM = "nats-server";

  private final List<String> command;
  private final Path folder;
  private final int port;
  private Child child;

  private Nats(List<String> command, Path folder, int port)
      throws IOException, InterruptedException {
    this.command = command;
    this.folder = folder;
    this.port = port;
    this.child = run();
  }

  /** The path of the program, if it is installed. */
  public static Optional<Path> program() {
    var path = System.getenv().getOrDefault("PATH", "").split(":");
    return Stream.concat(Stream.of(path), FOLDERS.stream())
        .map(place -> Path.of(place, PROGRAM))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * @param folder JetStream's storage
   * @param options further options
   */
  public static Nats start(Path folder, String... options)
      throws IOException, InterruptedException {
    var program = program().orElseThrow(() -> new IOException("missing program: " + PROGRAM));
    var port = freePort();
    var command = new ArrayList<>(List.of(program.toString(), "-a", "127.0.0.1"));
    command.addAll(List.of("-p", Integer.toString(port), "-js", "-sd", folder.toString()));
    command.addAll(List.of(options));
    return new Nats(List.copyOf(command), folder, port);
  }

  /**
   * Returns a free port that the system has chosen, for a server that must start again on the same
   * one.
   */
  public static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  public int port() {
    return port;
  }

  public long pid() {
    return child.pid();
  }

  void kill() {
    child.kill();
  }

  void restart() throws IOException, InterruptedException {
    child = run();
  }

  @Override
  public void close() {
    child.close();
  }

  private Child run() throws IOException, InterruptedException {
    return Child.start(command, Map.of(), folder, line -> line.contains("Server is ready"));
  }
}
