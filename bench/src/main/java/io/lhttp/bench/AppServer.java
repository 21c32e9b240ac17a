package io.lhttp.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.lhttp.app.Main;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** An application's folder, served as {@code lhttp serve} does, in a JVM of its own. */
public final class AppServer implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Path COMPILER =
      Path.of(System.getProperty("lhttp.compiler", "server/target/compiler"));

  private static final Duration WARM = Duration.ofMinutes(2);

  private final ChildJvm process;
  private final URI admin;
  private final Target target;

  private AppServer(ChildJvm process, URI admin, Target target) {
    this.process = process;
    this.admin = admin;
    this.target = target;
  }

  /**
   * Starts the server; returns when it accepts connections and its scripts are warmed up.
   *
   * @param flags for the JVM
   * @param compiled whether scripts must be compiled
   * @throws IOException if the server does not start, or the scripts are not compiled although they
   *     must be
   */
  public static AppServer start(String name, Path folder, List<String> flags, boolean compiled)
      throws Exception {
    var all = new ArrayList<>(flags);
    if (compiled) {
      if (!Files.isDirectory(COMPILER)) {
        throw new IOException("no compiler in " + COMPILER + ": ./lhttp serve builds it");
      }
      all.addAll(
          List.of(
              "-XX:+UnlockExperimentalVMOptions",
              "-XX:+EnableJVMCI",
              "-Dlhttp.compiler=" + COMPILER.toAbsolutePath()));
    }
    var port = freePort();
    var words =
        List.of(
            "serve",
            folder.toString(),
            "--set",
            "admin=127.0.0.1:" + port,
            "--set",
            "scripts.ready=" + (compiled ? "warm" : "loaded"));
    var process = ChildJvm.start(all, Main.class, words);
    try {
      var server =
          new AppServer(
              process, URI.create("http://127.0.0.1:" + port + "/"), process.listening(name));
      var runtime = server.chain().path("scripts").asText();
      if (compiled && !runtime.equals("compiled") && !runtime.equals("none")) {
        throw new IOException("scripts are " + runtime);
      }
      server.awaitReady();
      return server;
    } catch (Exception e) {
      process.close();
      throw e;
    }
  }

  /** Waits until the scripts are warm. */
  private void awaitReady() throws Exception {
    var end = System.nanoTime() + WARM.toNanos();
    try (var http = HttpClient.newHttpClient()) {
      var request = HttpRequest.newBuilder(admin.resolve("/readyz")).build();
      while (http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() != 200) {
        if (System.nanoTime() - end > 0) {
          throw new IOException("not warm within " + WARM);
        }
        Thread.sleep(20);
      }
    }
  }

  public Target target() {
    return target;
  }

  public URI uri() {
    return URI.create("ws://127.0.0.1:" + target.address().getPort() + "/");
  }

  /** Returns the page {@code /chain} of the server's admin listener. */
  JsonNode chain() throws Exception {
    return ask(HttpRequest.newBuilder(admin.resolve("/chain")).build());
  }

  /** Returns the median time of a link's calls in the last minute, in microseconds. */
  double medianMicros(String kind, String link) throws Exception {
    for (var found : chain().path(kind)) {
      if (found.path("name").asText().equals(link)) {
        return found.path("lastMinuteMicros").path("p50").asDouble();
      }
    }
    throw new IOException("no link " + link);
  }

  /** Reloads the server's application; returns the milliseconds that the server reports. */
  public int reload() throws Exception {
    var answer =
        ask(
            HttpRequest.newBuilder(admin.resolve("/reload"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    if (!answer.path("result").asText().equals("swapped")) {
      throw new IOException("not reloaded: " + answer);
    }
    return answer.path("milliseconds").asInt();
  }

  @Override
  public void close() {
    process.close();
  }

  private static JsonNode ask(HttpRequest request) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
