package io.lhttp.scripts.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Metric;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.message.Message;
import io.lhttp.scripts.Folder;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.scripts.testing.TestHttp;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients share the places for requests of {@code fetch}. */
@Timeout(120)
class FetchSharesTest {
  private static final String SCRIPT =
      """
      export async function onMessage(ctx) {
        if (ctx.body === "hold") {
          fetch("http://api.example/slow").catch(() => {});
        } else if (ctx.body === "catch") {
          await fetch("http://api.example/fast").catch((error) => ctx.send(error.message));
        } else {
          ctx.send(await (await fetch("http://api.example/fast")).text());
        }
      }
      """;

  @TempDir Path path;

  private final CountDownLatch release = new CountDownLatch(1);
  private ScriptHost host;
  private TestChain chain;

  @BeforeEach
  void start() {
    host =
        ScriptHost.builder()
            .eventLoops(1)
            .callTime(Duration.ofSeconds(5))
            .fetch(List.of(URI.create("http://api.example")))
            .fetches(4)
            .http(this::answer)
            .build();
    var script = new Folder(path).write("processors/p.js", SCRIPT).read(host, "processors/p.js");
    chain = TestChain.builder().processor("p", script.processor("p", Map.of())).build();
  }

  @AfterEach
  void stop() {
    release.countDown();
    chain.close();
    host.close();
  }

  private TestHttp.Answer answer(TestHttp.Request asked) {
    if (asked.uri().getPath().equals("/slow")) {
      try {
        release.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    return new TestHttp.Answer(200, Map.of(), ByteBuffer.wrap("an answer".getBytes(UTF_8)));
  }

  private RecordingConnection user(String name) {
    var connection = chain.connect(name);
    connection.authenticate(new Principal(name, Map.of()));
    return connection;
  }

  private void hold(RecordingConnection connection) {
    assertThat(chain.send(connection, Message.of("p", "hold")).outcome()).isEqualTo(Outcome.done());
  }

  private double metric(String name) {
    return host.metrics().stream()
        .filter(metric -> metric.name().equals(name))
        .mapToDouble(Metric::value)
        .sum();
  }

  @Test
  void clientWithManyRequests_leavesPlacesToOthers() {
    var jack = user("jack");
    hold(jack);
    hold(user("jack"));

    assertThat(chain.send(jack, Message.of("p", "")).outcome())
        .isEqualTo(
            Outcome.refused(429, "too many requests of this client at once")
                .retryAfter(Duration.ofSeconds(1)));
    assertThat(chain.send(user("jill"), Message.of("p", "")).replies())
        .extracting(Message::body)
        .containsExactly("an answer");
    assertThat(metric("script_fetches_refused")).isEqualTo(1);
    assertThat(metric("script_fetches_in_flight")).isGreaterThanOrEqualTo(2);

    release.countDown();
    Eventually.holds("the places are free again", () -> metric("script_fetches_in_flight") == 0);
    assertThat(chain.send(jack, Message.of("p", "")).replies())
        .extracting(Message::body)
        .containsExactly("an answer");
  }

  @Test
  void allPlacesTaken_refusesWithStatus503() {
    for (var name : List.of("a", "b", "c", "d")) {
      hold(user(name));
    }
    assertThat(chain.send(user("jill"), Message.of("p", "")).outcome())
        .isEqualTo(
            Outcome.refused(503, "too many requests at once").retryAfter(Duration.ofSeconds(1)));
  }

  @Test
  void refusedFetch_canBeCaughtByScript() {
    var jack = user("jack");
    hold(jack);
    hold(jack);
    assertThat(chain.send(jack, Message.of("p", "catch")).replies())
        .extracting(Message::body)
        .singleElement()
        .asString()
        .contains("too many requests of this client at once");
  }
}
