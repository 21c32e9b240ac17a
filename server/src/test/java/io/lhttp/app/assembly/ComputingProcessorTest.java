package io.lhttp.app.assembly;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.settings.Mode;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.measure.CarrierWatch;
import io.lhttp.message.Message;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processors that compute for long keep all others waiting, and the log names them. */
class ComputingProcessorTest {
  private static final String END = "lhttp.test.end-of-computing";

  @TempDir private Path folder;

  @AfterEach
  void end() {
    System.clearProperty(END);
  }

  @Test
  void carriersHeldByProcessor_areLoggedAndOthersServedAfterwards() throws Exception {
    write(
        "processors/Primes.java",
        """
        import io.lhttp.*;
        public class Primes implements Processor {
          public void onMessage(Exchange exchange) {
            while (System.getProperty("lhttp.test.end-of-computing") == null) {
              Thread.onSpinWait();
            }
          }
        }
        """);
    write(
        "processors/Echo.java",
        """
        import io.lhttp.*;
        public class Echo implements Processor {
          public void onMessage(Exchange exchange) { exchange.send(exchange.request().body()); }
        }
        """);
    write("lhttp.yaml", "chain: []\nprocessors: { echo: Echo, primes: Primes }\n");
    var application = new ApplicationLoader(folder).environment(_ -> null).load();
    var clients = new ArrayList<TestClient>();
    try (var log = new CapturedLog(CarrierWatch.class);
        var server = application.server(Mode.DEV).port(0).start()) {
      for (var carrier = 0; carrier < parallelism(); carrier++) {
        clients.add(TestClient.connect(server.uri()));
        clients.getLast().send(Message.of("primes", ""));
      }
      var other = TestClient.connect(server.uri());
      clients.add(other);
      other.send(Message.of("echo", "hi"));
      var watch = ServerInternals.of(server).carriers();

      Eventually.holds("the wait is counted", () -> watch.waiting() > 0);
      Eventually.holds("it is logged", () -> !log.messages().isEmpty());

      assertThat(watch.stalls()).isEqualTo(1);
      assertThat(log.messages())
          .first()
          .asString()
          .contains("link 'primes' at Primes.onMessage(Primes.java:", "exchanges-waiting=");
      assertThat(log.written())
          .containsPattern("at application#\\d+//Primes.onMessage\\(Primes.java:");
      System.setProperty(END, "true");
      assertThat(other.receive().body()).isEqualTo("hi");
      Eventually.holds("none waits", () -> watch.waiting() == 0);
    } finally {
      System.setProperty(END, "true");
      clients.forEach(TestClient::close);
      application.scripts().close();
    }
  }

  private static int parallelism() {
    return Integer.getInteger(
        "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
  }

  private void write(String name, String content) throws Exception {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
