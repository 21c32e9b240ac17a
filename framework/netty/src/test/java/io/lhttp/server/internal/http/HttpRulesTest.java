package io.lhttp.server.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server bounds slow, large and many HTTP requests, and refuses malformed ones. */
@EachTransport
class HttpRulesTest {
  private static final int MESSAGE = 8 * 1024;
  private static final Duration DEADLINE = Duration.ofMillis(600);
  private static final String PING = RawClient.request("GET /livez", "Host: test");

  @SuppressWarnings({"NonFinalStaticField", "NullAway.Init"}) // created for each transport
  private static LhttpServer server;

  @EachTransport.Before
  static void start() throws IOException {
    server = Servers.limited(limits -> limits.messageBytes(MESSAGE));
  }

  @EachTransport.After
  static void stop() {
    server.close();
  }

  @Test
  void slowSenders_areClosedInTimeAndOthersServed() throws Exception {
    var begins =
        List.of(
            "",
            "G",
            "GET / HTTP/1.1\r\nHost: test\r\nX: ",
            RawClient.publish("x").replace("\r\n\r\nx", "\r\nContent-Length: 9"));
    try (var slow =
        Servers.limited(
            limits -> limits.handshakeTime(DEADLINE).pingInterval(Duration.ofMinutes(10)))) {
      var begin = System.nanoTime();
      var clients = new ArrayList<RawClient>();
      for (var i = 0; i < 200; i++) {
        clients.add(RawClient.connect(slow.port()).send(begins.get(i % begins.size())));
      }
      try (var good = RawClient.open(slow.port())) {
        var ended = new CountDownLatch(1);
        var drip =
            Thread.ofVirtual()
                .start(() -> {
                  while (ended.getCount() > 0) {
                    for (var client : clients) {
                      try {
                        client.send("a");
                      } catch (IOException e) {
                        // The server has closed the connection, as expected.
                      }
                    }
                  }
                });
        for (var client : clients) {
          good.text(Servers.echo("still there"));
          assertThat(good.frame().text()).endsWith("still there");
          client.skipToEnd();
          client.close();
        }
        ended.countDown();
        drip.join();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
    }
  }

  @Test
  void idleConnection_betweenRequests_isClosed() throws IOException {
    try (var quick = Servers.limited(limits -> limits.handshakeTime(DEADLINE));
        var client = RawClient.connect(quick.port())) {
      assertThat(client.send(PING).answer().status()).isEqualTo(200);
      assertThat(client.send(PING).answer().status()).isEqualTo(200);

      assertThat(client.skipToEnd()).isZero();
    }
  }

  @Test
  void headOverLimit_isRefusedWith431Or414() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var answer =
          client
              .send(RawClient.request("GET /livez", "Host: test", "X: " + "x".repeat(17_000)))
              .answer();
      assertThat(answer.status()).isEqualTo(431);
      assertThat(client.skipToEnd()).isZero();
    }
    try (var client = RawClient.connect(server.port())) {
      assertThat(client.send("GET /" + "x".repeat(17_000) + " HTTP/1.1\r\n").answer().status())
          .isEqualTo(414);
      assertThat(client.skipToEnd()).isZero();
    }
  }

  /** A short header line takes thirty times its bytes in memory. */
  @ParameterizedTest
  @CsvSource({
    "1000, head, whole",
    "1000, head, half",
    "1000, trailer, whole",
    "1000, trailer, half",
    // so few bytes that the server reads them at once
    "150, head, whole",
    "150, head, half",
    "150, trailer, whole",
    "150, trailer, half"
  })
  void tooManyHeaderLines_areRefusedWith431(int number, String part, String sent)
      throws IOException {
    var lines = new StringBuilder();
    for (var i = 0; i < number; i++) {
      lines.append('a').append(i).append(":\r\n");
    }
    var head = "POST /publish HTTP/1.1\r\nHost: test\r\n";
    var chunked = "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n";
    var request = part.equals("head") ? head + lines : head + chunked + lines;
    try (var client = RawClient.connect(server.port())) {
      client.send(sent.equals("half") ? request : request + "\r\n" + "x".repeat(64_000));

      assertThat(client.answer().status()).isEqualTo(431);
      assertThat(client.skipToEnd()).isZero();
      client.send("x"); // the socket was not reset, because the server still reads it
    }
  }

  @Test
  void hundredHeaderLines_areTaken() throws IOException {
    var headers = new ArrayList<String>(List.of("Host: test"));
    for (var i = 0; i < 100; i++) {
      headers.add("a" + i + ": b");
    }
    try (var client = RawClient.connect(server.port())) {
      var request = RawClient.request("GET /livez", headers.toArray(String[]::new));
      client.send(request.substring(0, 500)).send(request.substring(500));

      assertThat(client.answer().status()).isEqualTo(200);
    }
  }

  @Test
  void connectionsOverLimit_areClosedAtOnce() throws Exception {
    assertCapped(Servers.limited(limits -> limits.connections(2)));
    assertCapped(Servers.limited(limits -> limits.connectionsPerAddress(2)));
  }

  private static void assertCapped(LhttpServer capped) throws IOException {
    try (capped;
        var _ = RawClient.open(capped.port());
        var second = RawClient.open(capped.port())) {
      try (var third = RawClient.connect(capped.port())) {
        assertThat(third.skipToEnd()).isZero();
      }
      assertThat(ServerInternals.of(capped).counters().rejected()).isEqualTo(1);

      second.close(CloseStatus.NORMAL.code()).skipToEnd();
      try (var fourth = awaitRoom(capped)) {
        fourth.text(Servers.echo("in"));
        assertThat(fourth.frame().text()).endsWith("in");
      }
    }
  }

  /** Waits for room: the server notices the end of a connection later than its client. */
  private static RawClient awaitRoom(LhttpServer server) throws IOException {
    while (true) {
      var client = RawClient.connect(server.port());
      try {
        assertThat(client.send(RawClient.handshake("/")).answer().status()).isEqualTo(101);
        return client;
      } catch (EOFException | SocketException e) {
        client.close();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Sec-WebSocket-Version: 13 | Sec-WebSocket-Version: 8 | 426",
        "Sec-WebSocket-Version: 13 | Sec-WebSocket-Version: 0 | 426",
        "Sec-WebSocket-Version: 13 | X: none | 426",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== | X: none | 400",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== | Sec-WebSocket-Key: short | 400",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== | Sec-WebSocket-Key: **** | 400",
        "GET / | POST / | 405",
        "Host: test | X: none | 400",
        "Host: test | Origin: http://evil.example | 400",
        "X: none | Origin: null | 403",
        "X: none | Origin: http://test.evil.example | 403",
        "X: none | Origin: http://test:8081 | 403",
        "X: none | Origin: http://test/page | 403",
        "X: none | Origin: http://evil.example/test | 403",
      })
  void badHandshake_isRefused(String instead, String of, int status) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var request = RawClient.handshake("/", "X: none").replace(instead, of);

      assertThat(client.send(request).answer().status()).isEqualTo(status);
    }
  }

  @Test
  void twoOrigins_areRefused_ownOneIsTaken() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var twice = RawClient.handshake("/", "Origin: http://test", "Origin: http://test");
      assertThat(client.send(twice).answer().status()).isEqualTo(403);
    }
    RawClient.open(server.port(), "Origin: http://test").close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET http://test/livez | 200",
        "GET HTTPS://TEST:8443/livez?a=/b | 200",
        "HEAD http://test/livez | 200",
        "GET http://test | 404",
        "GET http://test?a | 404",
        "GET http://[::1]:80/nothing | 404",
        "POST http://test/livez | 405",
        "POST http://test/publish | 400",
        "GET http://user@test/livez | 400",
        "GET http:///livez | 400",
        "GET ftp://test/livez | 400",
        "GET http:livez | 400",
      })
  void targetWithSchemeAndHost_isReadAsPath(String start, int status) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      client.send(start + " HTTP/1.1\r\nHost: test\r\n\r\n");

      var answer = start.startsWith("HEAD") ? client.answerToHead() : client.answer();
      assertThat(answer.status()).isEqualTo(status);
    }
  }

  @Test
  void handshake_targetWithSchemeAndHost_opensWebSocket() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      client.send(RawClient.handshake("ws://test/chat?a=b", "Origin: http://test"));
      assertThat(client.answer().status()).isEqualTo(101);
    }
  }

  @Test
  void otherUpgrade_isOrdinaryRequest() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var request =
          RawClient.request("GET /livez", "Host: test", "Connection: Upgrade", "Upgrade: h2c");
      assertThat(client.send(request).answer().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: -5",
        "Content-Length: +5",
        "Content-Length: 0x5",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding : chunked",
        "X: a\r\n Transfer-Encoding: chunked",
        "X: a\u0000b",
        "X: a\rTransfer-Encoding: chunked",
        "Host: test",
        ": x",
      })
  void ambiguousRequestEnd_isRefusedAndRestNotAnswered(String headers) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      client.send(
          "POST /publish HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n\r\n0\r\n\r\n" + PING);

      assertThat(client.answer().status()).isEqualTo(400);
      assertThat(client.skipToEnd()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5\nabcde\r\n0\r\n\r\n",
        "z\r\n",
        "-1\r\n",
        "5\r\nabcdeXX0\r\n\r\n",
        "fffffffffffffff0\r\n",
        "0x5\r\nabcde\r\n"
      })
  void badChunk_isRefused(String chunks) throws IOException {
    try (var client = RawClient.connect(server.port())) {
      client.send(
          "POST /publish HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
              + chunks
              + PING);

      assertThat(client.answer().status()).isIn(400, 413);
      assertThat(client.skipToEnd()).isZero();
    }
  }

  @Test
  void chunkedBody_isTaken() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      client.send(
          "POST /publish HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "3\r\nLHT\r\n1a\r\nTP/1.0 echo\r\npublish:a\r\n\r\n\r\n0\r\n\r\n"
              + PING);

      assertThat(client.answer().status()).isEqualTo(200);
      assertThat(client.answer().body()).isEqualTo("alive\n");
    }
  }

  @Test
  void pipelinedRequests_areAnsweredInOrder() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      client.send(PING + RawClient.request("GET /nothing", "Host: test") + PING);
      assertThat(client.answer().status()).isEqualTo(200);
      assertThat(client.answer().status()).isEqualTo(404);
      assertThat(client.answer().status()).isEqualTo(200);

      client.send(RawClient.request("GET /nothing", "Host: test") + PING.repeat(500));
      assertThat(client.answer().status()).isEqualTo(404);
      for (var i = 0; i < 500; i++) {
        assertThat(client.answer().body()).isEqualTo("alive\n");
      }
    }
  }

  /** Answered on the event loop, on a virtual thread, and with a long body. */
  @ParameterizedTest
  @CsvSource({"GET /livez, 200", "GET /nothing, 404", "GET /large, 200"})
  void pipelining_clientReadsNoAnswers_isNotReadFurther(String start, int status) throws Exception {
    try (var large = Servers.start(builder -> builder.resource("/large", new byte[20_000]));
        var client = RawClient.connect(large.port(), 4096)) {
      var hundred = RawClient.request(start, "Host: test").repeat(100);
      var most = 64 << 20; // more bytes than the kernel's buffers hold
      var sent = new AtomicInteger();
      var flood =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (var i = 0; i < most / hundred.length(); i++) {
                    client.send(hundred);
                    sent.incrementAndGet();
                  }
                } catch (IOException e) {
                  // The server was closed.
                }
              });

      awaitStill(sent);

      assertThat(flood.isAlive()).as("the server took everything").isTrue();
      for (var i = 0; i < 500; i++) {
        assertThat(client.answer().status()).isEqualTo(status);
      }
    }
  }

  /** Waits until the number has not changed for half a second. */
  private static void awaitStill(AtomicInteger count) {
    var still = 0;
    for (var since = System.nanoTime(); System.nanoTime() - since < 500_000_000L; ) {
      if (count.get() != still) {
        still = count.get();
        since = System.nanoTime();
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void runningRequest_socketIsNotRead() throws Exception {
    var gate = new CountDownLatch(1);
    var calls = new AtomicInteger();
    Processor wait =
        exchange -> {
          calls.incrementAndGet();
          gate.await();
        };
    try (var busy = Servers.start(builder -> builder.processor("wait", wait));
        var client = RawClient.connect(busy.port(), 4096)) {
      var request = RawClient.publish("LHTTP/1.0 wait\r\npublish:a\r\n\r\n" + "x".repeat(60_000));
      var sent = new AtomicLong();
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (true) {
                client.send(request);
                sent.addAndGet(request.length());
              }
            } catch (IOException e) {
              // The server was closed at the test's end.
            }
          });
      var still = 0L;
      for (var since = System.nanoTime(); System.nanoTime() - since < 500_000_000L; ) {
        if (sent.get() != still) {
          still = sent.get();
          since = System.nanoTime();
        }
        Thread.onSpinWait();
      }
      assertThat(calls).hasValue(1);
      assertThat(still).isLessThan(16L << 20); // the kernel's buffers hold no more bytes
      gate.countDown();
      assertThat(client.answer().status()).isEqualTo(200);
      client.finish();
    }
  }

  @Test
  void publish_answersWithNumberOfChannels() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      for (var type : List.of("text/plain; charset=utf-8", "application/octet-stream", "x")) {
        client.send(
            RawClient.publish(
                "LHTTP/1.0 echo\r\npublish:a b\r\n\r\nhello", "Content-Type: " + type));
        var answer = client.answer();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/json");
        // no filter of this server publishes
        assertThat(answer.body()).isEqualTo("{\"channels\":0}");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LHTTP/1.0 echo;;;;hello | 400",
        "LHTTP/1.0 echo;publish:a;;\u00ff\u00fe | 400",
        "LHTTP/2.0 echo;publish:a;; | 505",
        "HTTP/1.0 echo;publish:a;; | 400",
        "LHTTP/1.0 refused;publish:a;; | 429",
        "LHTTP/1.0 failing;publish:a;; | 500",
        "LHTTP/1.0 closing;publish:a;; | 403",
        "LHTTP/1.0 nobody;publish:a;; | 404",
      })
  void publish_refused_answersItsStatus(String message, int status) throws IOException {
    var filter =
        new Filter() {
          @Override
          public Outcome filter(Exchange exchange, Chain chain) throws Exception {
            return switch (exchange.request().command()) {
              case "refused" ->
                  Outcome.refused(429, "too \"much\"").retryAfter(Duration.ofSeconds(3));
              case "failing" -> throw new IllegalStateException("not for clients");
              case "closing" -> Outcome.closed(CloseStatus.FORBIDDEN);
              default -> chain.proceed(exchange);
            };
          }
        };
    try (var refusing = Servers.start(builder -> builder.filter("refuser", filter));
        var client = RawClient.connect(refusing.port())) {
      var body = message.replace(";", "\r\n");
      client.send(
          "POST /publish HTTP/1.1\r\nHost: test\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body);

      var answer = client.answer();
      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.body())
          .startsWith("{\"status\":" + status + ",\"error\":\"")
          .endsWith("\"}")
          .doesNotContain("not for clients");
      assertThat(answer.header("retry-after")).isEqualTo(status == 429 ? "3" : "");
      assertThat(client.send(PING).answer().status()).as("kept alive").isEqualTo(200);
    }
  }

  @Test
  void bodyOverLimit_isAnswered413WhileItIsSent() throws Exception {
    try (var client = RawClient.connect(server.port())) {
      client.send("POST /publish HTTP/1.1\r\nHost: test\r\nContent-Length: 50000000\r\n\r\n");
      var flood =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  for (var i = 0; i < 800; i++) {
                    client.send(new byte[62_500]);
                  }
                } catch (IOException e) {
                  // The server has refused the body and closed the connection.
                }
              });
      var answer = client.answer();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.body()).contains("\"status\":413");
      assertThat(client.skipToEnd()).isZero();
      flood.join();
    }
  }

  @Test
  void publish_otherMethodOrOrigin_isRefused() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      var get = client.send(RawClient.request("GET /publish", "Host: test")).answer();
      assertThat(get.status()).isEqualTo(405);
      assertThat(get.header("allow")).isEqualTo("POST");
      var body = "LHTTP/1.0 echo\r\npublish:a\r\n\r\n";
      assertThat(
              client.send(RawClient.publish(body, "Origin: http://evil.example")).answer().status())
          .isEqualTo(403);
      assertThat(client.send(RawClient.publish(body, "Origin: http://test")).answer().status())
          .isEqualTo(200);
      assertThat(client.send(RawClient.request("DELETE /livez", "Host: test")).answer().status())
          .isEqualTo(405);
    }
  }

  @Test
  void publish_nonBlockingProcessor_runsOnEventLoop() throws IOException {
    var threads = new ArrayList<String>();
    var here =
        new Processor() {
          @Override
          public void onMessage(Exchange exchange) {
            threads.add(Thread.currentThread().getName());
          }

          @Override
          public boolean mayBlock(Message message) {
            return message.command().equals("may");
          }
        };
    try (var both =
            Servers.start(builder -> builder.processor("never", here).processor("may", here));
        var client = RawClient.connect(both.port())) {
      for (var command : List.of("never", "may")) {
        client.send(RawClient.publish("LHTTP/1.0 " + command + "\r\npublish:a\r\n\r\n"));
        assertThat(client.answer().status()).isEqualTo(200);
      }
    }
    assertThat(threads.get(0)).startsWith("lhttp-loop");
    assertThat(threads.get(1)).startsWith("lhttp-exchange");
  }

  @Test
  void connectionClose_endsAfterAnswer() throws IOException {
    try (var client = RawClient.connect(server.port())) {
      client.send(RawClient.request("GET /livez", "Host: test", "Connection: close") + PING);
      assertThat(client.answer().header("connection")).isEqualTo("close");
      assertThat(client.skipToEnd()).isZero();
    }
  }
}
