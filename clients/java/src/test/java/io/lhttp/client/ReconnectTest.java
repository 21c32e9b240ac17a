package io.lhttp.client;

import static io.lhttp.client.Futures.failure;
import static io.lhttp.client.Futures.result;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.client.internal.protocol.RetryPolicy;
import io.lhttp.message.Message;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client reconnects with pauses, or ends, as the close or the refusal demands. */
class ReconnectTest extends ClientFixture {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration MAX = Duration.ofSeconds(8);

  @ParameterizedTest
  @ValueSource(ints = {1000, 1007, 1009, 4403})
  void table_someCodesAreFinal(int code) {
    var rules = new RetryPolicy(true, SECOND, MAX, LONGEST);

    assertThat(rules.reconnectIn(code, "", 0)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1002, 1005, 1006, 1008, 1011, 1012, 4408, 4413, 4999})
  void table_allOthersComeBackWithBackOff(int code) {
    var rules = new RetryPolicy(true, SECOND, MAX, LONGEST);

    assertThat(rules.reconnectIn(code, "retry-after=60", 0)).contains(SECOND);
    assertThat(rules.reconnectIn(code, "", 2)).contains(Duration.ofSeconds(4));
  }

  @ParameterizedTest
  @CsvSource({
    "1001, draining; retry-after=3, 4000",
    "1001, draining; retry-after=2.5, 3500",
    "4429, retry-after=1, 2000",
    "1001, draining, 1000",
    "1001, draining; retry-after=-5, 1000",
    "1001, draining; retry-after=99999999999, 1000",
    "1001, draining; retry-after=999999999, 3601000",
  })
  void table_pauseOfServer_winsOverBackoff(int code, String reason, long millis) {
    var rules = new RetryPolicy(true, SECOND, MAX, LONGEST);

    assertThat(rules.reconnectIn(code, reason, 0)).contains(Duration.ofMillis(millis));
  }

  @Test
  void backoff_doublesUpToItsLongest() {
    var rules = new RetryPolicy(true, SECOND, MAX, LONGEST);

    assertThat(IntStream.of(0, 1, 2, 3, 4, 1_000_000).mapToObj(rules::backoff))
        .extracting(Duration::toSeconds)
        .containsExactly(1L, 2L, 4L, 8L, 8L, 8L);
  }

  @Test
  void backoff_isSpreadFromNothingToItsLongest() {
    var rules = new RetryPolicy(true, SECOND, MAX, new Random(1));

    var millis =
        IntStream.range(0, 1_000)
            .mapToLong(unused -> rules.backoff(3).toMillis())
            .summaryStatistics();

    assertThat(millis.getMin()).isBetween(0L, 400L);
    assertThat(millis.getMax()).isBetween(7_600L, 8_000L);
    assertThat(millis.getAverage()).isBetween(3_600.0, 4_400.0);
  }

  @Test
  void lostConnection_rightAfterMessage_isNoticed() {
    connect(builder().probeInterval(Duration.ofSeconds(30)).connectTimeout(Duration.ofDays(1)));
    for (var i = 0; i < 5; i++) {
      var peer = open();
      peer.send(Message.of("chat", "last words"));
      peer.drop();
      while (!events.contains(Recorder.Ended.class)) {
        timer.advance(Duration.ofSeconds(10));
        Thread.onSpinWait(); // the client reads on threads of its own
      }
      events.skipTo(Recorder.Ended.class);
      timer.advance(MAX);
    }
  }

  @Test
  void lostConnection_reconnectsAfterPauseOnly() {
    connect();
    open().drop();
    var closed = events.closed();
    assertThat(closed.code()).isEqualTo(1006);
    assertThat(closed.retryIn()).contains(SECOND);

    timer.advance(SECOND);

    open();
  }

  @Test
  void failedAttempts_lengthenPauses_untilStableConnection() {
    connect();
    open().drop();
    for (var seconds : List.of(1L, 2L, 4L, 8L, 8L)) {
      var pause = events.closed().retryIn().orElseThrow();
      assertThat(pause).hasSeconds(seconds);
      timer.advance(pause);
      server.accept().fail();
    }
    timer.advance(events.closed().retryIn().orElseThrow());

    var peer = open();
    timer.advance(Connector.STEADY);
    peer.drop();

    assertThat(events.closed().retryIn()).contains(SECOND);
  }

  @Test
  void shortConnections_lengthenPausesToo() {
    connect();
    open().close(1011, "");
    timer.advance(events.closed().retryIn().orElseThrow());

    open().close(1011, "");

    assertThat(events.closed().retryIn()).contains(Duration.ofSeconds(2));
  }

  @Test
  void drainingServer_isLeftAloneForAsLongAsItAsks() {
    connect();
    open().close(1001, "draining; retry-after=3");

    var closed = events.closed();

    assertThat(closed.code()).isEqualTo(1001);
    assertThat(closed.reason()).isEqualTo("draining; retry-after=3");
    assertThat(closed.retryIn()).contains(Duration.ofSeconds(4));
  }

  @Test
  void closingServer_isAnswered() {
    connect();
    var peer = open();

    peer.close(1001, "draining");

    assertThat(peer.readClose()).isEqualTo(1001);
    assertThat(peer.cut()).isTrue();
  }

  @Test
  void normalClose_endsClientAfterLastMessage() {
    var client = connect();
    var peer = open();

    peer.send(Message.of("chat", "goodbye"));
    peer.close(1000, "done");

    assertThat(events.message().body()).isEqualTo("goodbye");
    assertThat(events.closed().retryIn()).isEmpty();
    assertThat(result(client.closed()).reason()).isEqualTo("done");
  }

  @Test
  void withoutReconnect_firstFailureEndsClient() {
    var client = connect(builder().reconnect(false));
    server.accept().fail();

    assertThat(events.closed().retryIn()).isEmpty();
    assertThat(failure(client.opened(), ConnectionClosedException.class).closed().code())
        .isEqualTo(1006);
  }

  @Test
  void noServer_closedHasCause() {
    server.close();
    connect(builder().reconnect(false));

    assertThat(events.closed().cause())
        .hasValueSatisfying(cause -> assertThat(cause).isInstanceOf(ConnectException.class));
  }

  @Test
  void badToken_isReplacedByANewOneAndNeverSentAgain() {
    var tokens = new ArrayDeque<>(List.of("old", "new"));
    var refusals = new ArrayDeque<Boolean>();
    connect(
        builder()
            .token(refused -> {
              refusals.add(refused);
              return tokens.remove();
            }));
    var first = open();
    assertThat(first.header("authorization")).isEqualTo("Bearer old");
    first.close(4401, "token expired");
    timer.advance(events.closed().retryIn().orElseThrow());

    assertThat(server.open().header("authorization")).isEqualTo("Bearer new");
    assertThat(refusals).containsExactly(false, true);
  }

  @Test
  void handshakeRefusedWith401_sameTokenAgain_endsClient() {
    var client = connect(builder().token(unused -> "old"));
    server.accept().respond("HTTP/1.1 401 Unauthorized", "Content-Length: 0");
    timer.advance(events.closed().retryIn().orElseThrow());

    assertThat(result(client.closed()).code()).isEqualTo(4401);
    assertThat(events.closed().retryIn()).isEmpty();
  }

  @Test
  void tokenInvalidAsHeader_isNeitherSentNorShown() {
    connect(builder().token(unused -> "secret\r\nX: y").reconnect(false));

    var failed = events.next(Recorder.Failed.class).error();
    assertThat(failed).hasMessageContaining("a token is visible ASCII");
    assertThat(failed).hasMessageNotContaining("secret");
    assertThat(events.closed().reason())
        .contains("a token is visible ASCII")
        .doesNotContain("secret");
  }

  @Test
  void tokenSource_withoutToken_isCalledAgain() {
    var asked = new ArrayDeque<>(List.of("not a token", "good"));
    connect(builder().token(unused -> asked.remove()));

    events.next(Recorder.Failed.class);
    timer.advance(events.closed().retryIn().orElseThrow());

    assertThat(server.open().header("authorization")).isEqualTo("Bearer good");
  }

  @Test
  void tokenSource_throws_isCalledAgain() {
    var tokens = new ArrayDeque<>(List.of("good"));
    var asked = new AtomicInteger();
    connect(
        builder()
            .token(unused -> {
              if (asked.getAndIncrement() == 0) {
                throw new IOException("the keys are away");
              }
              return tokens.remove();
            }));

    assertThat(events.next(Recorder.Failed.class).error()).isInstanceOf(IOException.class);
    var closed = events.closed();
    assertThat(closed.cause()).get().isInstanceOf(IOException.class);
    timer.advance(closed.retryIn().orElseThrow());

    assertThat(server.open().header("authorization")).isEqualTo("Bearer good");
  }

  @ParameterizedTest
  @CsvSource({"401 Unauthorized, 4401", "403 Forbidden, 4403"})
  void refusedHandshake_isFinalWithoutAnotherToken(String status, int code) {
    var client = connect();

    server.accept().respond("HTTP/1.1 " + status, "Content-Length: 0");

    assertThat(result(client.closed()).code()).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({"503 Service Unavailable, 1001", "429 Too Many Requests, 4429"})
  void refusedHandshake_waitsForAsLongAsItsHeaderSays(String status, int code) {
    connect();

    server.accept().respond("HTTP/1.1 " + status, "Content-Length: 0", "Retry-After: 7");

    var closed = events.closed();
    assertThat(closed.code()).isEqualTo(code);
    assertThat(closed.retryIn()).contains(Duration.ofSeconds(8));
  }

  @Test
  void hangingHandshake_isAbandoned() {
    connect(builder().connectTimeout(Duration.ofSeconds(10)));
    var peer = server.accept();

    timer.advance(Duration.ofSeconds(10));

    assertThat(events.closed().reason()).contains("PT10S");
    assertThat(peer.cut()).isTrue();
  }

  @Test
  void silentServer_isGivenUp() {
    var client = connect(builder().probeInterval(Duration.ofSeconds(30)));
    open(); // the server's end reads no ping, so it answers none

    timer.advance(Duration.ofMillis(39_999));
    assertThat(client.isOpen()).isTrue();
    timer.advance(Duration.ofMillis(1));

    assertThat(events.closed().reason()).isEqualTo("nothing came for PT40S");
  }

  @Test
  void serverAnsweringPings_keepsConnection() {
    var client = connect(builder().probeInterval(Duration.ofSeconds(30)));
    var peer = open();
    for (var i = 0; i < 5; i++) {
      client.send(Message.of("echo", "m" + i));
      peer.send(peer.read()); // reading the message also reads and answers the ping before it
      events.message();
      timer.advance(Duration.ofSeconds(30));
    }

    assertThat(client.isOpen()).isTrue();
  }

  @Test
  void queuedMessages_outliveAFailedAttempt() {
    var client = connect();
    client.send(Message.of("chat", "patient"));
    server.accept().fail();
    timer.advance(events.closed().retryIn().orElseThrow());

    assertThat(server.open().read().body()).isEqualTo("patient");
  }
}
