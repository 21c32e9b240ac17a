package io.lhttp.app.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.internal.text.IpAddress;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.ManualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A listener reads requests, and serves each client although others wait idle. */
class HttpListenerTest {
  private static final String HEAD = "GET /a HTTP/1.1\r\nHost: localhost\r\n";
  private static final String GET = HEAD + "\r\n";

  private final ManualClock clock = new ManualClock();
  private final List<Socket> sockets = new ArrayList<>();
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch handled = new CountDownLatch(1);
  private final AtomicInteger ended = new AtomicInteger();

  @SuppressWarnings("NullAway.Init") // every test starts one
  private HttpListener listener;

  @BeforeEach
  void start() throws IOException {
    listener =
        new HttpListener(
            "the test's listener",
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Thread.ofPlatform().daemon().factory(),
            this::begin,
            clock::nanoTime);
    listener.start();
  }

  @AfterEach
  void stop() throws IOException {
    released.countDown();
    for (var socket : sockets) {
      socket.close();
    }
    listener.close();
  }

  private HttpHandler.Reply begin(HttpRequest request) {
    return switch (request.path()) {
      case "/endless" -> {
        handled.countDown();
        yield new HttpHandler.Received(
            10, body -> HttpAnswer.text(200, "unexpected\n"), ended::incrementAndGet);
      }
      case "/body" ->
          new HttpHandler.Received(
              10,
              body -> HttpAnswer.text(200, new String(body, UTF_8) + "\n"),
              ended::incrementAndGet);
      case "/late" -> new HttpHandler.Delayed(HttpAnswer.text(401, "late\n"), Duration.ofHours(1));
      default -> new HttpHandler.Answered(answer(request));
    };
  }

  private HttpAnswer answer(HttpRequest request) {
    if (request.path().equals("/wait")) {
      handled.countDown();
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return HttpAnswer.text(200, request.method() + " " + request.path() + "\n");
  }

  private Socket connect(String from) throws IOException {
    var socket = new Socket();
    sockets.add(socket);
    socket.setSoTimeout(60_000);
    socket.bind(new InetSocketAddress(IpAddress.parse(from).orElseThrow(), 0));
    socket.connect(listener.address());
    return socket;
  }

  private Socket send(String text) throws IOException {
    var socket = connect("127.0.0.1");
    send(socket, text);
    return socket;
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
  }

  private static String rest(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), UTF_8);
  }

  /** Reads an answer to {@link #GET}. */
  private static boolean answered(Socket socket) throws IOException {
    var read = new StringBuilder();
    while (!read.toString().endsWith("GET /a\n")) {
      var next = socket.getInputStream().read();
      if (next < 0) {
        return false;
      }
      read.append((char) next);
    }
    return read.toString().startsWith("HTTP/1.1 200 OK\r\n");
  }

  /** Whether the connection has ended; waits for a moment. */
  private static boolean closed(Socket socket) {
    try {
      socket.setSoTimeout(50);
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void connectionBeyondBound_closesOldestIdleOne() throws Exception {
    var first = connect("127.0.0.1");
    clock.advance(Duration.ofSeconds(1));
    var second = send("GET /wait HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assertThat(handled.await(60, TimeUnit.SECONDS)).isTrue();
    clock.advance(Duration.ofSeconds(1));
    var third = send("GET /a HT");
    clock.advance(Duration.ofSeconds(1));
    for (var i = 3; i < HttpListener.CONNECTIONS; i++) {
      connect("127.0.0.1");
    }
    var another = send(GET);
    assertThat(answered(another)).isTrue();
    Eventually.holds("closed", () -> closed(first));

    assertThat(answered(send(GET))).isTrue();
    Eventually.holds("closed", () -> closed(third));
    released.countDown();
    assertThat(rest(second)).endsWith("GET /wait\n");
  }

  @Test
  void addressWithMostConnections_makesRoomForItself() throws Exception {
    var operator = connect("127.0.0.2");
    send(operator, GET);
    assertThat(answered(operator)).isTrue();
    clock.advance(Duration.ofSeconds(5));
    for (var i = 0; i < 2 * HttpListener.CONNECTIONS; i++) {
      connect("127.0.0.1");
    }
    assertThat(answered(send(GET))).isTrue();
    send(operator, GET);
    assertThat(answered(operator)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "GET /a HT", HEAD, "POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nx", GET})
  void clientThatWaitsTooLong_isClosed(String sent) throws Exception {
    var socket = send(sent);
    if (sent.equals(GET)) {
      assertThat(answered(socket)).isTrue();
    } else {
      assertThat(answered(send(GET))).as("accepted after the first").isTrue();
    }
    Eventually.holds(
        "it is closed",
        () -> {
          clock.advance(Duration.ofSeconds(11));
          listener.closeOverdue();
          return closed(socket);
        });
  }

  @Test
  void requestsOfOneConnection_areAnsweredInOrder() throws Exception {
    var socket =
        send(
            GET
                + "\r\nHEAD /b HTTP/1.1\r\nHost: a\r\n\r\n"
                + "POST /c HTTP/1.1\nHost:a\nContent-Length: 5 \n\nGET /"
                + "GET /d%20e?f HTTP/1.1\r\nHOST: a\r\nconnection: Close\r\n\r\n");
    var answers = rest(socket);

    assertThat(answers.split("HTTP/1.1 200 OK\r\n", -1)).hasSize(5);
    assertThat(answers)
        .containsSubsequence(
            "\r\n\r\nGET /a\n",
            "Content-Length: 8\r\n",
            "POST /c\n",
            "Connection: close",
            "GET /d e\n")
        .doesNotContain("HEAD /b\n")
        .containsOnlyOnce("Connection: close");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /a HTTP/1.0\r\n\r\n",
        "GET http://localhost/a HTTP/1.1\r\nConnection: close\r\n\r\n",
        "GET /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n",
        "GET /a HTTP/1.1\r\nContent-Length: 99999\r\n\r\n",
        "GET /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n",
      })
  void lastRequest_isAnsweredAndConnectionEnds(String request) throws Exception {
    var socket = send(request);
    assertThat(answered(socket)).isTrue();
    socket.shutdownOutput();
    assertThat(rest(socket)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, 400",
    "get /a HTTP/1.1, 400",
    "GET  /a HTTP/1.1, 400",
    "GET /a b HTTP/1.1, 400",
    "GET /%zz HTTP/1.1, 400",
    "GET mailto:a HTTP/1.1, 400",
    "GET //a/b HTTP/1.1, 400",
    "GET /a HTTP/9.9, 505",
    "GET /a HTTP/2.0, 505",
    "GET /a HTTP/1.1|Host, 400",
    "GET /a HTTP/1.1|Host : a, 400",
    "GET /a HTTP/1.1|A: 1| folded, 400",
    "GET /a HTTP/1.1|Host: a|Host: b, 400",
    "GET /a HTTP/1.1|Content-Length: 1|Content-Length: 2, 400",
    "GET /a HTTP/1.1|Content-Length: -1, 400",
    "GET /a HTTP/1.1|Authorization: a|authorization: b, 400",
    "POST /body HTTP/1.1|Content-Length: 1|Transfer-Encoding: chunked, 400",
    "POST /body HTTP/1.1|Transfer-Encoding: gzip, 400",
    "POST /body HTTP/1.0|Transfer-Encoding: chunked, 400",
    "GET /a HTTP/1.1|Content-Length: 99999999999999999999, 400",
  })
  void malformedRequest_isRefusedAndConnectionEnds(String request, int status) throws Exception {
    assertThat(rest(send(request.replace("|", "\r\n") + "\r\n\r\n" + GET)))
        .startsWith("HTTP/1.1 " + status + " ")
        .contains("Connection: close")
        .doesNotContain("GET /a\n");
  }

  @Test
  void endlessHead_isRefused() throws Exception {
    assertThat(rest(send(HEAD + "A: " + "x".repeat(20_000)))).startsWith("HTTP/1.1 431 ");
  }

  @Test
  void close_endsConnections() throws Exception {
    var idle = send(GET);
    assertThat(answered(idle)).isTrue();
    listener.close();
    Eventually.holds("closed", () -> closed(idle));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /body HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789",
        "POST /body HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"
            + "4\r\n0123\r\n6;a=b\r\n456789\r\n0\r\nA: b\r\n\r\n"
      })
  void body_isReadAndNextRequestFollows(String request) throws Exception {
    var socket = send(request + GET);

    assertThat(answered(socket)).isTrue();
    assertThat(ended).hasValue(1);
    send(socket, "GET /b HTTP/1.1\r\nConnection: close\r\n\r\n");
    assertThat(rest(socket)).endsWith("GET /b\n");
  }

  @Test
  void bodyAfterContinue_isAskedFor() throws Exception {
    var socket = send("POST /body HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    assertThat(socket.getInputStream().readNBytes(25)).asString().startsWith("HTTP/1.1 100 ");
    send(socket, "x" + GET);

    assertThat(answered(socket)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "Content-Length: 11, 413",
    "Content-Length: 999999999, 413",
    "Expect: 100-continue|Content-Length: 11, 413",
    "Transfer-Encoding: chunked||b|01234567890|0||, 413",
    "Transfer-Encoding: chunked||ffffffff|, 413",
    "Transfer-Encoding: chunked||123456789|, 400",
    "Transfer-Encoding: chunked||-1|, 400",
    "Transfer-Encoding: chunked||1|ab|0||, 400",
    "Transfer-Encoding: chunked||g|, 400",
  })
  void bodyBeyondBound_isRefusedAndConnectionEnds(String rest, int status) throws Exception {
    var head = rest.contains("||") ? rest : rest + "||";
    var socket = send("POST /body HTTP/1.1\r\n" + head.replace("|", "\r\n"));
    assertThat(rest(socket)).startsWith("HTTP/1.1 " + status + " ").contains("Connection: close");
    assertThat(ended).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length: 9\r\n\r\nx", "Transfer-Encoding: chunked\r\n\r\n9\r\nx"})
  void bodyThatNeverEnds_isClosedInTime(String rest) throws Exception {
    var socket = send("POST /endless HTTP/1.1\r\n" + rest);
    assertThat(handled.await(60, TimeUnit.SECONDS)).isTrue();
    Eventually.holds(
        "it is closed",
        () -> {
          clock.advance(Duration.ofSeconds(11));
          listener.closeOverdue();
          return ended.get() == 1 && closed(socket);
        });
  }

  @Test
  void delayedAnswers_makeRoomForOthers() throws Exception {
    for (var i = 0; i < 2 * HttpListener.CONNECTIONS; i++) {
      send("GET /late HTTP/1.1\r\n\r\n");
    }

    assertThat(answered(send(GET))).isTrue();
  }
}
