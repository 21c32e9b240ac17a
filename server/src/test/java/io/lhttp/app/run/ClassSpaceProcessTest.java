package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A process with little memory for classes survives reloads of classes that leak. */
class ClassSpaceProcessTest extends ProcessFixture {
  private static final int MOST_RELOADS = 100;
  private static final int CLASSES = 300;

  @Test
  void leakingReloads_areRefusedWithReason_untilLeakEnds() throws Exception {
    leaking(0);
    write("lhttp.yaml", "processors: { echo: Echo }\nadmin: 127.0.0.1:0\nprobation: 0s\n");
    var process = serve("-XX:MaxMetaspaceSize=48m", "-Xmx200m");
    var address = Processes.listening(process);
    var log = process.errorReader(UTF_8);
    var admin = Processes.admin(log);
    Thread.ofPlatform().daemon().start(() -> log.lines().forEach(line -> {}));
    var results = new ArrayList<String>();
    try (var client = TestClient.connect(address)) {
      var version = 0;
      do {
        version++;
        leaking(version);
        results.add(post(admin, "/reload"));
        client.send(Message.of("echo", "hi"));
        assertThat(client.receive().body()).endsWith(" hi");
      } while (results.getLast().contains("swapped") && version < MOST_RELOADS);
      assertThat(process.isAlive()).isTrue();
      assertThat(results.getFirst()).contains("swapped");
      assertThat(results.getLast())
          .contains(
              "refused",
              "is short:",
              "class loaders of replaced classes are in memory",
              "-XX:MaxMetaspaceSize");

      client.send(Message.of("echo", "release"));
      assertThat(client.receive().body()).endsWith(" release");
      leaking(version + 1);
      // a search for what holds the classes may hold them for a moment itself
      Eventually.holds("a reload fits again", () -> post(admin, "/reload").contains("swapped"));
      client.send(Message.of("echo", "hi"));
      assertThat(client.receive().body()).isEqualTo((version + 1) + " hi");
    }
  }

  @Test
  void heapErrorEndsProcess_andClassSpaceErrorDoesNot() throws Exception {
    write(
        "processors/Fail.java",
        """
        public class Fail implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange exchange) {
            throw new OutOfMemoryError(exchange.request().body());
          }
        }
        """);
    write("lhttp.yaml", "processors: { fail: Fail }\nadmin: false\n");
    var process = serve("-Dlhttp.end-without-heap=true");
    try (var client = TestClient.connect(Processes.listening(process))) {
      Thread.ofPlatform().daemon().start(() -> process.errorReader(UTF_8).lines().forEach(_ -> {}));
      client.send(Message.of("fail", "Metaspace"));
      assertThat(client.receive().header("status")).hasValue("500");

      client.send(Message.of("fail", "Java heap space"));

      assertThat(Processes.exitCode(process)).isEqualTo(3);
    }
  }

  /** Starts {@code serve} with options of the JVM. */
  private Process serve(String... options) throws IOException {
    return processes.lhttp(
        List.of(options),
        List.of("serve", folder.toString(), "--port", "0", "--scripts", "interpreted"));
  }

  /**
   * Writes a processor with many classes; each version stays reachable from the system properties.
   */
  private void leaking(int version) throws IOException {
    var classes = new StringBuilder();
    var instances = new StringBuilder();
    for (var one = 0; one < CLASSES; one++) {
      classes.append(
          "  static class C%d { int sum(int a) { return a + %d; } }\n".formatted(one, one));
      instances.append("new C%d(), ".formatted(one));
    }
    write(
        "processors/Echo.java",
        """
        import io.lhttp.*;
        public class Echo implements Processor {
          static final Object[] ALL = { %s };
          public Echo() { System.getProperties().put("leak-%d", this); }
          public void onMessage(Exchange exchange) {
            if (exchange.request().body().equals("release")) {
              System.getProperties().keySet().removeIf(key -> key.toString().startsWith("leak-"));
            }
            exchange.send("%d " + exchange.request().body());
          }
        %s
        }
        """
            .formatted(instances, version, version, classes));
  }
}
