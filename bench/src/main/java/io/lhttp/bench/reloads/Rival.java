package io.lhttp.bench.reloads;

import io.lhttp.bench.Bench;
import io.lhttp.bench.ChildJvm;
import io.lhttp.bench.FloorServer;
import io.lhttp.bench.Target;
import io.lhttp.bench.rivals.RivalProcess;
import io.lhttp.bench.rivals.RivalScript;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A rival whose script changes its rule. The path {@code /rule} answers with the rule's number. */
final class Rival implements Changeable {
  private static final Pattern RULE = Pattern.compile("rule (\\d+)");
  private static final int PATIENCE_MILLIS = 10_000;
  private static final byte[] REQUEST =
      "GET /rule HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private final RivalScript script;
  private final String version;
  private final Crowd.Paths paths;

  /** The server behind a proxy. */
  private final Optional<ChildJvm> backend;

  private final String word;
  private final RivalProcess process;

  private Rival(
      RivalScript script,
      String version,
      Crowd.Paths paths,
      Optional<ChildJvm> backend,
      String word,
      RivalProcess process) {
    this.script = script;
    this.version = version;
    this.paths = paths;
    this.backend = backend;
    this.word = word;
    this.process = process;
  }

  /**
   * Starts a server of its own.
   *
   * @param word a word for its script
   */
  static Rival server(String folder, Crowd.Paths paths, String word) throws Exception {
    var script = RivalScript.in(folder);
    var version = script.prepare();
    var process = RivalProcess.start(script, folder, word);
    return new Rival(script, version, paths, Optional.empty(), word, process);
  }

  /** Starts a proxy before the floor server. */
  static Rival proxy(String folder) throws Exception {
    var script = RivalScript.in(folder);
    var version = script.prepare();
    var backend = ChildJvm.start(Bench.SERVER_FLAGS, FloorServer.class, List.of());
    @Nullable RivalProcess process = null;
    try {
      var port = Integer.toString(backend.listening("backend").address().getPort());
      process = RivalProcess.start(script, folder, port);
      return new Rival(script, version, Crowd.Paths.LHTTP, Optional.of(backend), port, process);
    } finally {
      if (process == null) {
        backend.close();
      }
    }
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public Target target() {
    return process.target();
  }

  @Override
  public Crowd.Paths paths() {
    return paths;
  }

  @Override
  public void change(int number) throws Exception {
    script.change(target().address().getPort(), process.scratch(), word, number);
  }

  @Override
  public int inForce() {
    try (var socket = new Socket()) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.connect(target().address(), PATIENCE_MILLIS);
      socket.getOutputStream().write(REQUEST);
      var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      var rule = RULE.matcher(answer);
      return rule.find() ? Integer.parseInt(rule.group(1)) : -1;
    } catch (IOException e) {
      return -1;
    }
  }

  @Override
  public void close() throws IOException {
    process.close();
    backend.ifPresent(ChildJvm::close);
  }
}
