package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.Upstreams.message;
import static io.lhttp.filters.upstream.Upstreams.options;
import static io.lhttp.filters.upstream.Upstreams.outcome;
import static io.lhttp.filters.upstream.Upstreams.send;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.Secrets;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Map;
import okio.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The filter {@code upstream} forwards messages to a backend that records each request. */
class UpstreamFilterTest {
  private final RawBackend backend = RawBackend.ok();

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void post_sendsBodyAndHeaders() throws Exception {
    var sent =
        message("POST " + backend.url("/record"))
            .header("from", "jack")
            .header("publish", "channel_mike")
            .header("content-type", "json")
            .header("authorization", "Bearer x")
            .body("hello mike,I am jäck")
            .build();

    var result = send(options(o -> o.allow(backend.url("/")).headers("*")), sent);

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
  void get_sendsNoBodyAndReturnsAnswer() throws Exception {
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
  void post_withReplyHeader_returnsAnswer() {
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
  void post_toFailedUpstreamWithoutReplyHeader_isRefused() {
    try (var other = new RawBackend(request -> RawBackend.status(404))) {
      assertThat(outcome(allow(other), "POST " + other.url("/")))
          .isEqualTo(Outcome.refused(502, "the upstream answered with 404"));
    }
  }

  @Test
  void messageRefusedByProcessor_isNotForwarded() {
    try (var chain =
        TestChain.builder()
            .filter("upstream", new UpstreamFilter(allow(backend)))
            .processor("chat", exchange -> exchange.refuse(422, "no"))
            .build()) {
      var result = chain.send(chain.connect("jack"), message("POST " + backend.url("/")).build());

      assertThat(result.outcome()).isEqualTo(Outcome.refused(422, "no"));
      assertThat(backend.requests).isEmpty();
    }
  }

  @Test
  void messageRewrittenByProcessor_isForwarded() throws Exception {
    try (var chain =
        TestChain.builder()
            .filter("upstream", new UpstreamFilter(allow(backend)))
            .processor(
                "chat", exchange -> exchange.rewrite(exchange.request().withBody("rewritten")))
            .build()) {
      chain.send(chain.connect("jack"), message("POST " + backend.url("/")).build());

      assertThat(backend.requests.take().body()).isEqualTo("rewritten");
    }
  }

  @Test
  void upstreamWithPublish_doesBoth() throws Exception {
    try (var chain =
        TestChain.builder()
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
  void mayBlock_withHeaderOnly_isTrue() {
    var filter = new UpstreamFilter(allow(backend));

    assertThat(filter.mayBlock(Message.of("chat", "x"))).isFalse();
    assertThat(filter.mayBlock(message("GET records").build())).isTrue();
  }

  @Test
  void headerAddedOnEventLoop_isRefused() {
    try (var chain =
        TestChain.builder()
            .filter("upstream", new UpstreamFilter(allow(backend)))
            .processor(
                "chat", exchange -> exchange.rewrite(message("POST " + backend.url("/")).build()))
            .build()) {
      var jack = chain.connect("jack");
      var outcomes = new ArrayList<Outcome>();

      jack.executor()
          .execute(() -> outcomes.add(chain.send(jack, Message.of("chat", "")).outcome()));

      assertThat(outcomes).containsExactly(Outcome.refused(500, "the server failed"));
      assertThat(backend.requests).isEmpty();
      assertThat(chain.send(jack, Message.of("chat", "")).outcome()).isEqualTo(Outcome.done());
    }
  }

  @Test
  void binaryRequest_returnsAnyBytes() {
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
  void redirect_isFollowedToAllowedTargetsOnly(int status, String then) throws Exception {
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
  void request_signsUserAndOverridesForgedHeaders() throws Exception {
    var secret = "a secret of sixteen or more";
    var other = "another secret of sixteen or more";
    var filter =
        new UpstreamFilter(
            options(o -> o.allow(backend.url("/record")).secrets(Secrets.of(secret, other))),
            HttpClients.SHARED,
            System::nanoTime,
            InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000)));
    try (var chain = TestChain.builder().filter("upstream", filter).build()) {
      var jack = chain.connect("jack");
      jack.authenticate(new Principal("jäck %", Map.of()));
      chain.send(
          jack,
          message("POST " + backend.url("/record?a=b"))
              .header("lhttp-user", "root")
              .header("lhttp_user", "root")
              .header("lhttp-signature-2", "forged")
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
    assertThat(got.headers("lhttp-signature-2"))
        .containsExactly(
            ByteString.encodeUtf8(lines).hmacSha256(ByteString.encodeUtf8(other)).hex());
  }

  @Test
  void headerList_passesListedHeadersOnly() throws Exception {
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "from",
        "remote-user",
        "x-auth-request-user",
        "client-ip",
        "x-real-ip",
        "authorization",
        "cookie",
        "x-api-key",
        "lhttp-user",
        "x-user-id",
        "x-whatever-a-backend-believes"
      })
  void unlistedHeader_isNotForwarded(String name) throws Exception {
    send(
        allow(backend),
        message("POST " + backend.url("/"))
            .header(name, "x")
            .header("content-type", "a/b")
            .build());

    var got = backend.requests.take();
    assertThat(got.headers(name)).isEmpty();
    assertThat(got.headers("content-type")).containsExactly("a/b");
  }

  private static UpstreamOptions allow(RawBackend backend) {
    return options(o -> o.allow(backend.url("/")));
  }

  private static String latin1(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }
}
