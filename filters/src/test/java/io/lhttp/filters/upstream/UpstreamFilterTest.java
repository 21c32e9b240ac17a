package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestChain;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import okio.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The header {@code upstream}, against a backend that keeps what it gets. */
class UpstreamFilterTest {
  private final RawBackend backend = RawBackend.ok();

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void aPostHasTheBodyAndTheHeaders() throws Exception {
    var sent =
        message("POST " + backend.url("/record"))
            .header("from", "jack")
            .header("publish", "channel_mike")
            .header("content-type", "json")
            .header("authorization", "Bearer x")
            .body("hello mike,I am jäck")
            .build();

    var result = send(allow(backend), sent);

    assertThat(result.outcome()).isEqualTo(Outcome.done());
    assertThat(result.replies()).isEmpty();
    var got = backend.requests.take();
    assertThat(got.line()).isEqualTo("POST /record HTTP/1.1");
    assertThat(got.headers("from")).containsExactly("jack");
    assertThat(got.headers("publish")).containsExactly("channel_mike");
    assertThat(got.headers("content-type")).containsExactly("json");
    assertThat(got.headers("lhttp-command")).containsExactly("chat");
    assertThat(got.headers("lhttp-connection")).containsExactly("jack");
    assertThat(got.headers("authorization")).isEmpty();
    assertThat(got.headers("upstream")).isEmpty();
    assertThat(got.body()).isEqualTo(latin1("hello mike,I am jäck"));
  }

  @Test
  void aGetHasNoBodyAndItsAnswerComesBack() throws Exception {
    var sent =
        message("GET http://127.0.0.1:" + backend.port() + "?user=user_a&age=26")
            .header("id", "7")
            .body("body")
            .build();

    var result = send(allow(backend), sent);

    assertThat(result.replies())
        .containsExactly(
            Message.builder("chat")
                .header("upstream-status", "200")
                .header("id", "7")
                .body("ok")
                .build());
    var got = backend.requests.take();
    assertThat(got.line()).isEqualTo("GET /?user=user_a&age=26 HTTP/1.1");
    assertThat(got.body()).isEmpty();
  }

  @Test
  void aPostIsAnsweredWhereItAsksForIt() {
    try (var other =
        new RawBackend(request ->
            "HTTP/1.1 404 no\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nnone")) {
      var sent = message("POST " + other.url("/")).header("upstream-reply", "true").build();

      assertThat(send(allow(other), sent).replies())
          .containsExactly(
              Message.builder("chat")
                  .header("upstream-status", "404")
                  .header("content-type", "text/plain")
                  .body("none")
                  .build());
    }
  }

  @Test
  void whatNobodyGetsAnAnswerToIsRefusedWhereItFailed() {
    try (var other = new RawBackend(request -> RawBackend.status(404))) {
      assertThat(outcome(allow(other), "POST " + other.url("/")))
          .isEqualTo(Outcome.refused(502, "the upstream answered with 404"));
    }
  }

  @Test
  void aRefusedMessageGoesNowhere() {
    try (var chain =
        new TestChain.Builder()
            .filter("upstream", new UpstreamFilter(allow(backend)))
            .processor("chat", exchange -> exchange.refuse(422, "no"))
            .build()) {
      var result = chain.send(chain.connect("jack"), message("POST " + backend.url("/")).build());

      assertThat(result.outcome()).isEqualTo(Outcome.refused(422, "no"));
      assertThat(backend.requests).isEmpty();
    }
  }

  @Test
  void whatAProcessorRewritesIsForwarded() throws Exception {
    try (var chain =
        new TestChain.Builder()
            .filter("upstream", new UpstreamFilter(allow(backend)))
            .processor(
                "chat", exchange -> exchange.rewrite(exchange.request().withBody("rewritten")))
            .build()) {
      chain.send(chain.connect("jack"), message("POST " + backend.url("/")).build());

      assertThat(backend.requests.take().body()).isEqualTo("rewritten");
    }
  }

  @Test
  void itIsPublishedAndRecorded() throws Exception {
    try (var chain =
        new TestChain.Builder()
            .filter("upstream", new UpstreamFilter(allow(backend)))
            .filter("pubsub", new PubSubFilter())
            .build()) {
      var message =
          message("POST " + backend.url("/record")).header("publish", "channel_mike").build();

      var result = chain.send(chain.connect("jack"), message);

      assertThat(result.published()).hasSize(1);
      assertThat(backend.requests.take().line()).startsWith("POST /record");
    }
  }

  @Test
  void onlyWhereTheHeaderStandsItMayBlock() {
    var filter = new UpstreamFilter(allow(backend));

    assertThat(filter.mayBlock(Message.of("chat", "x"))).isFalse();
    assertThat(filter.mayBlock(message("GET records").build())).isTrue();
  }

  @Test
  void noEventLoopWaitsForAHeaderThatAProcessorAdds() {
    try (var chain =
        new TestChain.Builder()
            .filter("upstream", new UpstreamFilter(allow(backend)))
            .processor(
                "chat", exchange -> exchange.rewrite(message("POST " + backend.url("/")).build()))
            .build()) {
      var jack = chain.connect("jack");
      var outcomes = new ArrayList<Outcome>();

      jack.home().execute(() -> outcomes.add(chain.send(jack, Message.of("chat", "")).outcome()));

      assertThat(outcomes).containsExactly(Outcome.refused(500, "the server failed"));
      assertThat(backend.requests).isEmpty();
      assertThat(chain.send(jack, Message.of("chat", "")).outcome()).isEqualTo(Outcome.done());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST",
        "POST ",
        "GET  records",
        "get records",
        "TRACE records",
        "CONNECT records",
        "GET http://",
        "GET http:///x",
        "GET http://user@127.0.0.1/",
        "GET http://127.0.0.1\\@example.com/",
        "GET http://127.0.0.1/#part",
        "GET http://127.0.0.1:99999/",
        "GET http://%31%32%37.0.0.1/",
        "GET ftp://127.0.0.1/",
        "GET file:///etc/passwd",
        "GET records\\x",
        "GET http://①②⑦.0.0.1/"
      })
  void whatIsMalformedIsRefused(String header) {
    assertThat(outcome(allow(backend), header))
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.status()).isEqualTo(400));
    assertThat(backend.connections).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/recording",
        "/record/../admin",
        "/record/%2e%2e/admin",
        "/record/..%2fadmin",
        "/record/..;/admin",
        "/record/%252e%252e/admin",
        "/record/..%5cadmin",
        "/record%00",
        "/Record"
      })
  void noPathLeadsOutOfThePrefix(String path) {
    var options = options(o -> o.allow(backend.url("/record")));

    assertThat(outcome(options, "GET " + backend.url(path)))
        .isEqualTo(Outcome.refused(403, "this upstream is not allowed"));
    assertThat(outcome(options, "GET " + backend.url("/record/1?x=/../y")))
        .isEqualTo(Outcome.done());
    assertThat(backend.connections.get()).isLessThanOrEqualTo(1);
  }

  @Test
  void aMethodThatIsNotAllowedIsRefused() {
    assertThat(outcome(allow(backend), "DELETE " + backend.url("/")))
        .isEqualTo(Outcome.refused(403, "this method is not allowed"));
  }

  @Test
  void requestsToANameAreBalanced() throws Exception {
    try (var second = RawBackend.ok()) {
      var options =
          options(o -> o.named(Map.of("records", named(backend.url("/a"), second.url("/b/")))));

      for (var i = 0; i < 10; i++) {
        assertThat(outcome(options, "POST records")).isEqualTo(Outcome.done());
      }
      try (var chain = chain(options)) {
        var jack = chain.connect("jack");
        for (var i = 0; i < 10; i++) {
          chain.send(jack, message("POST records/7?x=1").build());
        }
      }

      assertThat(backend.requests).hasSize(15);
      assertThat(second.requests).hasSize(5);
      assertThat(second.requests.take().line()).isEqualTo("POST /b/7?x=1 HTTP/1.1");
      assertThat(outcome(options, "POST records/../x"))
          .isEqualTo(Outcome.refused(403, "this upstream is not allowed"));
      assertThat(outcome(options, "POST others"))
          .isEqualTo(Outcome.refused(403, "this upstream is not allowed"));
    }
  }

  @Test
  void aGetIsSentAgainAndAPostIsNot() {
    var count = new AtomicInteger();
    try (var flaky =
        new RawBackend(request ->
            count.incrementAndGet() % 2 == 1
                ? RawBackend.status(503, "Retry-After: 0")
                : RawBackend.OK)) {
      var options = options(o -> o.allow(flaky.url("/")).retries(1));

      assertThat(
              send(options, message("GET " + flaky.url("/")).build()).replies().getFirst().body())
          .isEqualTo("ok");
      assertThat(count).hasValue(2);
      assertThat(outcome(options, "POST " + flaky.url("/")))
          .isEqualTo(Outcome.refused(502, "the upstream answered with 503"));
      assertThat(count).hasValue(3);
    }
  }

  @Test
  void aPostOverABrokenConnectionIsNotSentAgain() {
    try (var cutting = new RawBackend(request -> "")) {
      var options = options(o -> o.allow(cutting.url("/")).retries(3));

      assertThat(outcome(options, "POST " + cutting.url("/")))
          .isEqualTo(Outcome.refused(502, "the upstream failed"));
      assertThat(cutting.requests).hasSize(1);
    }
  }

  @Test
  void aDeadTargetsRequestsGoToTheOther() throws Exception {
    int dead;
    try (var socket = new ServerSocket(0)) {
      dead = socket.getLocalPort();
    }
    var options =
        options(o ->
            o.named(Map.of("records", named("http://127.0.0.1:" + dead + "/", backend.url("/")))));
    try (var chain = chain(options)) {
      var jack = chain.connect("jack");
      for (var i = 0; i < 4; i++) {
        assertThat(chain.send(jack, message("POST records").build()).outcome())
            .isEqualTo(Outcome.done());
      }
    }
    assertThat(backend.requests).hasSize(4);
  }

  @Test
  void theBreakerOpensAndOneRequestTriesAgain() {
    var down = new AtomicInteger(1);
    var nanos = new AtomicLong();
    try (var flaky =
            new RawBackend(request -> down.get() == 1 ? RawBackend.status(502) : RawBackend.OK);
        var chain =
            new TestChain.Builder()
                .filter(
                    "upstream",
                    new UpstreamFilter(
                        options(o ->
                            o.allow(flaky.url("/")).breaker(3, Duration.ofSeconds(10)).retries(0)),
                        HttpClients.SHARED,
                        nanos::get,
                        InstantSource.system()))
                .build()) {
      var jack = chain.connect("jack");
      var post = message("POST " + flaky.url("/")).build();
      for (var i = 0; i < 3; i++) {
        chain.send(jack, post);
      }
      assertThat(chain.send(jack, post).outcome())
          .isEqualTo(
              Outcome.refused(503, "the upstream is not available")
                  .retryAfter(Duration.ofSeconds(10)));
      assertThat(flaky.requests).hasSize(3);

      nanos.addAndGet(Duration.ofSeconds(10).toNanos());
      down.set(0);
      assertThat(chain.send(jack, post).outcome()).isEqualTo(Outcome.done());
      assertThat(chain.send(jack, post).outcome()).isEqualTo(Outcome.done());
    }
  }

  @Test
  void whoIsUnwellIsLeftOutUntilWellAgain() {
    var well = new AtomicInteger(0);
    try (var sick =
            new RawBackend(request ->
                request.line().startsWith("GET /health") && well.get() == 0
                    ? RawBackend.status(500)
                    : RawBackend.OK);
        var filter =
            new UpstreamFilter(
                options(o ->
                    o.named(
                        Map.of(
                            "records",
                            new UpstreamOptions.Named(
                                List.of(AllowRule.parse(sick.url("/"))),
                                Optional.of(
                                    new UpstreamOptions.Health(
                                        "/health", Duration.ofMillis(5))))))))) {
      Eventually.holds("it is left out", () -> available(filter) == 0);
      well.set(1);
      Eventually.holds("it is taken in", () -> available(filter) == 1);
    }
  }

  @Test
  void whoDoesNotAnswerInTimeIs504() {
    var never = new CountDownLatch(1);
    try (var silent =
        new RawBackend(request -> {
          await(never);
          return "";
        })) {
      var options = options(o -> o.allow(silent.url("/")).timeout(Duration.ofMillis(100)));

      assertThat(outcome(options, "GET " + silent.url("/")))
          .isEqualTo(Outcome.refused(504, "the upstream did not answer in time"));
      never.countDown();
    }
  }

  @Test
  void anAnswerThatDripsIs504Too() {
    try (var dripping =
        new RawBackend(request -> "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx")) {
      var options = options(o -> o.allow(dripping.url("/")).timeout(Duration.ofMillis(100)));

      assertThat(outcome(options, "GET " + dripping.url("/")))
          .isEqualTo(Outcome.refused(504, "the upstream did not answer in time"));
    }
  }

  @Test
  void noMoreThanSoManyAreUnderWayAndInLine() throws Exception {
    var release = new CountDownLatch(1);
    var arrived = new AtomicInteger();
    try (var slow =
            new RawBackend(request -> {
              arrived.incrementAndGet();
              await(release);
              return RawBackend.OK;
            });
        var filter =
            new UpstreamFilter(options(o -> o.allow(slow.url("/")).concurrency(2).queue(3)));
        var chain = new TestChain.Builder().filter("upstream", filter).build();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var post = message("POST " + slow.url("/")).build();
      var five =
          java.util.stream.IntStream.range(0, 5)
              .mapToObj(i -> threads.submit(() -> chain.send(chain.connect("c" + i), post)))
              .toList();
      Eventually.holds("two are under way", () -> arrived.get() == 2);
      Eventually.holds("three wait", () -> measure(filter, "upstream_waiting") == 3);

      assertThat(chain.send(chain.connect("late"), post).outcome())
          .isEqualTo(
              Outcome.refused(503, "the upstream is busy").retryAfter(Duration.ofSeconds(1)));

      release.countDown();
      for (var sent : five) {
        assertThat(sent.get().outcome()).isEqualTo(Outcome.done());
      }
      assertThat(arrived).hasValue(5);
    }
  }

  @Test
  void anAnswerThatIsTooLargeIs502() {
    try (var large =
        new RawBackend(
            request -> "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + "x".repeat(101))) {
      var options = options(o -> o.allow(large.url("/")).responseBytes(100));

      assertThat(outcome(options, "GET " + large.url("/")))
          .isEqualTo(Outcome.refused(502, "the upstream's answer is too large"));
    }
  }

  @Test
  void anyBytesComeBackToWhoAskedInBinary() {
    try (var binary =
        new RawBackend(request -> "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\u00ff\u0000")) {
      var ask = message("GET " + binary.url("/"));

      assertThat(send(allow(binary), ask.build()).outcome())
          .isEqualTo(
              Outcome.refused(502, "the upstream's answer is no text; ask in a binary message"));
      var reply = send(allow(binary), ask.body(new byte[0]).build()).replies().getFirst();
      assertThat(reply.bodyBytes()).containsExactly(0xff, 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"301, GET", "302, GET", "303, GET", "307, POST", "308, POST"})
  void redirectsAreFollowedWhereAllowedAndOnlyThere(int status, String then) throws Exception {
    try (var from =
        new RawBackend(request -> RawBackend.status(status, "Location: " + backend.url("/to")))) {
      var post =
          message("POST " + from.url("/")).header("upstream-reply", "true").body("x").build();

      var followed =
          send(options(o -> o.allow(from.url("/"), backend.url("/to")).redirects(1)), post);
      assertThat(followed.replies().getFirst().body()).isEqualTo("ok");
      assertThat(backend.requests.take().line()).isEqualTo(then + " /to HTTP/1.1");

      var elsewhere = send(options(o -> o.allow(from.url("/")).redirects(1)), post);
      assertThat(elsewhere.outcome())
          .isEqualTo(Outcome.refused(502, "the upstream redirects to where nothing is allowed"));

      var not = send(options(o -> o.allow(from.url("/"), backend.url("/to"))), post);
      assertThat(not.replies().getFirst().header("upstream-status"))
          .contains(Integer.toString(status));
      assertThat(backend.requests).isEmpty();
    }
  }

  @Test
  void whoSpeaksIsSigned() throws Exception {
    var secret = "a secret of sixteen or more";
    var filter =
        new UpstreamFilter(
            options(o -> o.allow(backend.url("/record")).secret(secret)),
            HttpClients.SHARED,
            System::nanoTime,
            InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000)));
    try (var chain = new TestChain.Builder().filter("upstream", filter).build()) {
      var jack = chain.connect("jack");
      jack.authenticate(new Principal("jäck %", Map.of()));
      chain.send(
          jack,
          message("POST " + backend.url("/record?a=b"))
              .header("lhttp-user", "root")
              .header("lhttp_user", "root")
              .body("hello")
              .build());
    }

    var got = backend.requests.take();
    assertThat(got.headers("lhttp-user")).containsExactly("j%C3%A4ck%20%25");
    assertThat(got.headers("lhttp_user")).isEmpty();
    assertThat(got.headers("lhttp-timestamp")).containsExactly("1700000000");
    var lines =
        String.join(
            "\n",
            "1700000000",
            "POST",
            "127.0.0.1:" + backend.port(),
            "/record?a=b",
            "j%C3%A4ck%20%25",
            "jack",
            "chat",
            ByteString.encodeUtf8("hello").sha256().hex());
    assertThat(got.headers("lhttp-signature"))
        .containsExactly(
            ByteString.encodeUtf8(lines).hmacSha256(ByteString.encodeUtf8(secret)).hex());
  }

  @Test
  void onlyListedHeadersPassWhereThereIsAList() throws Exception {
    var options = options(o -> o.allow(backend.url("/")).headers("content-type"));

    send(
        options,
        message("POST " + backend.url("/"))
            .header("content-type", "json")
            .header("from", "jack")
            .build());

    var got = backend.requests.take();
    assertThat(got.headers("content-type")).containsExactly("json");
    assertThat(got.headers("from")).isEmpty();
  }

  private static double available(UpstreamFilter filter) {
    return measure(filter, "upstream_available");
  }

  static double measure(UpstreamFilter filter, String name) {
    return filter.measures().stream()
        .filter(m -> m.name().equals(name))
        .mapToDouble(m -> m.value())
        .sum();
  }

  private static UpstreamOptions.Named named(String... targets) {
    return new UpstreamOptions.Named(
        List.of(targets).stream().map(AllowRule::parse).toList(), Optional.empty());
  }

  static UpstreamOptions options(UnaryOperator<UpstreamOptions.Builder> change) {
    return change.apply(UpstreamOptions.DEFAULT.toBuilder()).build();
  }

  private static UpstreamOptions allow(RawBackend backend) {
    return options(o -> o.allow(backend.url("/")));
  }

  private static Message.Builder message(String upstream) {
    return Message.builder("chat").header("upstream", upstream);
  }

  static TestChain chain(UpstreamOptions options) {
    return new TestChain.Builder().filter("upstream", new UpstreamFilter(options)).build();
  }

  private static TestChain.Result send(UpstreamOptions options, Message message) {
    try (var chain = chain(options)) {
      return chain.send(chain.connect("jack"), message);
    }
  }

  private static Outcome outcome(UpstreamOptions options, String header) {
    return send(options, message(header).build()).outcome();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String latin1(String text) {
    return new String(
        text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        java.nio.charset.StandardCharsets.ISO_8859_1);
  }
}
