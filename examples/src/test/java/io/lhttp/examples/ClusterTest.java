package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.fixture.Ports;
import io.lhttp.testing.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * After the end of a server, the page of the cluster example continues on another server and loses
 * no message.
 */
class ClusterTest {
  private static final Path EXAMPLE = AppProcess.HOME.resolve("examples/cluster");

  @Test
  void killedServer_movesPageWithoutLoss(@TempDir Path folder) throws Exception {
    assumeTrue(
        Stream.of("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin")
            .anyMatch(place -> Files.isExecutable(Path.of(place, "nats-server"))),
        "missing program: nats-server");
    try (var cluster = new Run(folder);
        var browser = Chromium.start(folder.resolve("profile"))) {
      var jack = browser.open(cluster.page(1, "Jack"), 520, 560);
      var mike = browser.open(cluster.page(2, "Mike"), 520, 560);
      jack.await(on("server 1"));
      mike.await(on("server 2"));
      jack.await(number("count") + " > 4");

      cluster.kill(1);

      jack.await("document.getElementById('state').textContent.startsWith('moving')");
      jack.await("document.getElementById('state').className === 'open'");
      assertThat(jack.eval("document.getElementById('state').textContent").asText())
          .isIn("on server 2", "on server 3");
      for (var window : List.of(jack, mike)) {
        var soFar = window.eval(number("count")).asInt();
        window.await(number("count") + " > " + (soFar + 4));
        assertThat(window.eval(number("missing")).asInt()).isZero();
        assertThat(window.eval(number("doubled")).asInt()).isZero();
      }
    }
  }

  private static String on(String server) {
    return "document.getElementById('state').textContent === 'on %s'".formatted(server);
  }

  private static String number(String id) {
    return "Number(document.getElementById('%s').textContent)".formatted(id);
  }

  /** Runs {@code examples/cluster/run} on free ports, with the classes under test. */
  private static final class Run implements AutoCloseable {
    private static final Pattern SERVER =
        Pattern.compile("server (\\d) +http://localhost:(\\d+) +kill (\\d+)");

    private final Process process;
    private final List<Long> pids = new ArrayList<>();
    private final List<Integer> ports = new ArrayList<>();

    Run(Path folder) throws IOException {
      var builder =
          new ProcessBuilder(EXAMPLE.resolve("run").toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT);
      builder.environment().put("LHTTP", launcher(folder).toString());
      builder.environment().put("NATS_PORT", Integer.toString(Ports.free()));
      builder
          .environment()
          .put("LHTTP_PORTS", "%d %d %d".formatted(Ports.free(), Ports.free(), Ports.free()));
      process = builder.start();
      var lines = process.inputReader();
      for (var line = lines.readLine(); pids.size() < 3 && line != null; line = lines.readLine()) {
        var server = SERVER.matcher(line);
        if (server.matches()) {
          ports.add(Integer.valueOf(server.group(2)));
          pids.add(Long.valueOf(server.group(3)));
        }
      }
      Thread.ofVirtual().start(() -> lines.lines().forEach(line -> {}));
      ports.forEach(port -> Eventually.holds("server ready at " + port, () -> ready(port)));
    }

    URI page(int server, String name) {
      return URI.create("http://localhost:%d/?name=%s".formatted(ports.get(server - 1), name));
    }

    /** Kills the server as {@code kill -9} does. */
    void kill(int server) {
      assertThat(ProcessHandle.of(pids.get(server - 1)).orElseThrow().destroyForcibly()).isTrue();
    }

    /** Ends all processes that the script has started. */
    @Override
    public void close() {
      process.destroy();
      try {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("it ends when told to").isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      Eventually.holds(
          "all servers have ended",
          () -> pids.stream().noneMatch(pid -> ProcessHandle.of(pid).isPresent()));
    }

    /**
     * Writes a launcher that starts the tested classes, in place of the one that {@code ./lhttp}
     * builds.
     */
    private static Path launcher(Path folder) throws IOException {
      var script = folder.resolve("lhttp");
      Files.writeString(
          script,
          """
          #!/bin/sh
          exec "%s" -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED \
          --sun-misc-unsafe-memory-access=allow -cp '%s' io.lhttp.app.Main "$@"
          """
              .formatted(
                  Path.of(System.getProperty("java.home"), "bin", "java"),
                  System.getProperty("java.class.path")));
      assertThat(script.toFile().setExecutable(true)).isTrue();
      return script;
    }

    private static boolean ready(int port) {
      try (var client = HttpClient.newHttpClient()) {
        var request =
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz")).build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }
}
