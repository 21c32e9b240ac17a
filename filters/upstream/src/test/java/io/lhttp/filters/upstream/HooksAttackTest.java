package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Handshake;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.filters.upstream.HooksOptions.Limits;
import io.lhttp.filters.upstream.UpstreamOptions.BreakerOptions;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Slow, huge and forged answers, other targets, floods of connections, and reloads meanwhile. */
class HooksAttackTest {
  private static final Message SUBSCRIBE = Message.builder("x").header("subscribe", "a").build();

  private static Limits limits(Duration timeout, int concurrency, int queue) {
    return new Limits(
        Duration.ofSeconds(2),
        timeout,
        1024,
        concurrency,
        queue,
        new BreakerOptions(5, Duration.ofSeconds(10)),
        10,
        Duration.ofHours(1));
  }

  private static HooksFilter filter(String url, Limits limits, Hook... on) {
    return new HooksFilter(HooksOptions.builder(url, on).limits(limits).build());
  }

  private static TestChain chain(HooksFilter filter) {
    return TestChain.builder().filter("hooks", filter).filter("pubsub", new PubSubFilter()).build();
  }

  private static RecordingConnection from(String id, String address) {
    return new RecordingConnection(
        id, new Handshake(new InetSocketAddress(address, 1), "/", Map.of()));
  }

  private static String ok(String json) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + json.length() + "\r\n\r\n" + json;
  }

  @Test
  void slowAnswer_refusesInTime() {
    var release = new CountDownLatch(1);
    try (var backend = new RawBackend(_ -> waitFor(release, ok("{\"allow\":true}")));
        var chain =
            chain(
                filter(backend.url("/h"), limits(Duration.ofMillis(200), 8, 8), Hook.SUBSCRIBE))) {
      var outcome = chain.send(chain.connect("c1"), SUBSCRIBE).outcome();

      assertThat(outcome).isEqualTo(Outcome.refused(504, "the upstream did not answer in time"));
      release.countDown();
    }
  }

  @Test
  void endlessAnswer_refuses() {
    try (var backend =
            new RawBackend(_ ->
                "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n{\"allow\":true,"
                    + " ".repeat(100_000));
        var chain =
            chain(filter(backend.url("/h"), limits(Duration.ofSeconds(5), 8, 8), Hook.SUBSCRIBE))) {
      assertThat(chain.send(chain.connect("c1"), SUBSCRIBE).outcome())
          .isEqualTo(Outcome.refused(502, "the upstream's answer is too large"));
    }
  }

  @Test
  void redirect_isNotFollowed() {
    try (var other = RawBackend.ok();
        var backend = new RawBackend(_ -> RawBackend.status(307, "Location: " + other.url("/h")));
        var chain =
            chain(filter(backend.url("/h"), limits(Duration.ofSeconds(5), 8, 8), Hook.SUBSCRIBE))) {
      assertThat(chain.send(chain.connect("c1"), SUBSCRIBE).outcome())
          .isEqualTo(Outcome.refused(502, "the upstream failed"));
      assertThat(other.requests).isEmpty();
    }
  }

  /** The name resolves to an address that the options do not allow. */
  @Test
  void nameOfPrivateAddress_isNotAsked() {
    try (var backend = new RawBackend(_ -> ok("{\"allow\":true}"));
        var chain =
            chain(
                filter(
                    "http://localhost.:" + backend.port() + "/h",
                    limits(Duration.ofSeconds(5), 8, 8),
                    Hook.SUBSCRIBE))) {
      assertThat(chain.send(chain.connect("c1"), SUBSCRIBE).outcome())
          .isEqualTo(Outcome.refused(502, "the upstream failed"));
      assertThat(backend.requests).isEmpty();
    }
  }

  /** A client can't add lines to the question's head, nor members to its JSON. */
  @Test
  void hostileTexts_stayInTheirPlaces() throws Exception {
    try (var backend = new RawBackend(_ -> ok("{\"allow\":true}"));
        var chain =
            chain(filter(backend.url("/h"), limits(Duration.ofSeconds(5), 8, 8), Hook.PUBLISH))) {
      var message =
          Message.builder("x\",\"user\":\"root")
              .header("publish", "a\",\"allow\":true")
              .header("content-type", "\"},\"user\":\"root\"")
              .body("\"}\r\nlhttp-user: root\r\n")
              .build();
      chain.send(chain.connect("c1"), message);

      var request = backend.requests.take();
      assertThat(request.headers("lhttp-user")).isEmpty();
      assertThat(request.body()).contains("\"user\":\"\"").doesNotContain("\"user\":\"root\"");
      assertThat(backend.malformed).isEmpty();
    }
  }

  @Test
  void brokenAnswer_isLoggedInOneEscapedLine() {
    var backend = new HookBackends();
    backend.answer(
        "{\"allow\":\"\u001b[31m\u202e" + "x".repeat(500) + "\"}\nsecond line\r\nWARN forged");
    try (var log = new CapturedLog(HooksFilter.class);
        var chain = chain(backend.filter(Hook.SUBSCRIBE))) {
      chain.send(chain.connect("c1"), SUBSCRIBE);

      assertThat(log.messages()).hasSize(1);
      assertThat(log.messages().getFirst())
          .contains("no JSON: malformed at line 1", "\\u001b[31m\\u202exxx", "…\"")
          .doesNotContain("second line", "\u001b", "\n")
          .hasSizeLessThan(600);
    }
  }

  @Test
  void misspeltField_isLoggedWithTheNearestOne() {
    var backend = new HookBackends();
    backend.answer("{\"allowed\":true}");
    try (var log = new CapturedLog(HooksFilter.class);
        var chain = chain(backend.filter(Hook.SUBSCRIBE))) {
      chain.send(chain.connect("c1"), SUBSCRIBE);

      assertThat(log.messages().getFirst()).contains("'allowed': no field of this answer", "allow");
    }
  }

  /** Connections of one address wait for a slow backend; another address is let in meanwhile. */
  @Test
  void floodOfConnections_leavesPlacesToOthers() throws Exception {
    var release = new CountDownLatch(1);
    var slow = new AtomicInteger();
    try (var backend =
            new RawBackend(request -> {
              if (request.body().contains("192.0.2.1\"")) {
                slow.incrementAndGet();
                return waitFor(release, ok("{\"allow\":true}"));
              }
              return ok("{\"allow\":true}");
            });
        var chain =
            chain(filter(backend.url("/h"), limits(Duration.ofSeconds(9), 4, 8), Hook.CONNECT))) {
      var flood = new ArrayList<RecordingConnection>();
      var threads = new ArrayList<Thread>();
      for (var i = 0; i < 40; i++) {
        var connection = from("f" + i, "192.0.2.1");
        flood.add(connection);
        threads.add(Thread.ofVirtual().start(() -> chain.open(connection)));
      }
      Eventually.holds(
          "two are under way, eight wait, the others are closed",
          () ->
              slow.get() == 2 && flood.stream().filter(c -> c.closed().isPresent()).count() == 30);
      var modest = from("m", "192.0.2.2");
      chain.open(modest);

      assertThat(modest.closed()).isEmpty();
      assertThat(flood.stream().flatMap(c -> c.closed().stream()).map(CloseStatus::code))
          .containsOnly(CloseStatus.BUSY.code());
      release.countDown();
      for (var thread : threads) {
        thread.join();
      }
    }
  }

  /** The failures of one client's questions stop that client's alone. */
  @Test
  void breakerOfOneClient_leavesOthersAlone() {
    try (var backend =
            new RawBackend(request ->
                request.body().contains("192.0.2.1\"")
                    ? RawBackend.status(503)
                    : ok("{\"allow\":true}"));
        var chain =
            chain(filter(backend.url("/h"), limits(Duration.ofSeconds(5), 8, 8), Hook.SUBSCRIBE))) {
      var evil = from("e", "192.0.2.1");
      chain.open(evil);
      for (var i = 0; i < 20; i++) {
        chain.send(evil, SUBSCRIBE);
      }
      assertThat(backend.requests).hasSize(5);
      var modest = from("m", "192.0.2.2");
      chain.open(modest);

      assertThat(chain.send(modest, SUBSCRIBE).outcome()).isInstanceOf(Outcome.Done.class);
    }
  }

  /** A reload comes while a question is under way; its message ends in its own chain. */
  @Test
  void reloadDuringQuestion_keepsItsAnswer() throws Exception {
    var backend = new HookBackends();
    var arrived = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    try (var chain = chain(backend.filter(Hook.SUBSCRIBE))) {
      var mia = chain.connect("c1");
      backend.before =
          () -> {
            arrived.countDown();
            waitFor(release, "");
          };
      backend.answer("{\"allow\":false}");
      var answer = CompletableFuture.supplyAsync(() -> chain.send(mia, SUBSCRIBE).outcome());
      arrived.await();
      chain.swap(TestChain.builder().filter("pubsub", new PubSubFilter()));
      release.countDown();

      assertThat(answer.get()).isInstanceOf(Outcome.Refused.class);
      assertThat(chain.send(mia, SUBSCRIBE).outcome()).isInstanceOf(Outcome.Done.class);
    }
  }

  /** A refresh is under way while a reload takes its filter out of the chain. */
  @Test
  void refreshDuringReload_leavesOneTimer() throws Exception {
    var backend = new HookBackends();
    backend.answer("{\"allow\":true,\"expires-in\":100}");
    var arrived = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    try (var chain = chain(backend.filter(Hook.CONNECT, Hook.REFRESH))) {
      chain.connect("c1");
      backend.before =
          () -> {
            arrived.countDown();
            waitFor(release, "");
          };
      backend.running().getFirst().task.run();
      arrived.await();
      chain.swap(TestChain.builder().filter("hooks", backend.filter(Hook.CONNECT, Hook.REFRESH)));
      var one = backend.running();
      release.countDown();

      assertThat(one).hasSize(1);
      Eventually.holds("the late answer changes nothing", () -> backend.running().equals(one));
    }
  }

  private static String waitFor(CountDownLatch release, String then) {
    try {
      release.await();
      return then;
    } catch (InterruptedException e) {
      throw new RefusedException(503, "interrupted");
    }
  }
}
