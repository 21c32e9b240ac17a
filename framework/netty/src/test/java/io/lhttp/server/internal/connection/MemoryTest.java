package io.lhttp.server.internal.connection;

import static io.lhttp.fixture.RawClient.FINAL;
import static io.lhttp.fixture.RawClient.RSV1;
import static io.lhttp.fixture.RawClient.TEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Exchange;
import io.lhttp.fixture.RawClient;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.MemoryShare;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The server bounds the memory of all connections together and still answers a good client. */
@EachTransport
class MemoryTest {
  private static final String DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate";
  private static final String PUBLICATION = "LHTTP/1.0 quick\r\npublish:a\r\n\r\n";
  private static final int CLIENTS = 20;
  private static final int MESSAGES = 75;
  private static final int MESSAGE = 64 * 1024;

  private final CountDownLatch gate = new CountDownLatch(1);
  private final List<RawClient> clients = new ArrayList<>();

  @AfterEach
  void end() throws IOException {
    gate.countDown();
    for (var client : clients) {
      client.close();
    }
  }

  /** The ways in which clients hold the server's memory. */
  enum Hold {
    PLAIN,
    FRAGMENTS,
    HALF_A_FRAME,
    HALF_A_BODY
  }

  @Test
  void compressedMessages_waitCompressedAndAreAnswered() throws Exception {
    try (var server = start(4 << 20);
        var good = RawClient.open(server.port())) {
      attack(server);

      awaitStill(server);
      var memory = server.statistics().memory();
      assertThat(memory.received()).isBetween(1_000L, CLIENTS * MESSAGES * 400L);
      assertThat(memory.used()).isLessThanOrEqualTo(memory.limit());
      assertServed(good);
      gate.countDown();
      for (var client : clients) {
        for (var i = 0; i < MESSAGES; i++) {
          assertThat(client.frame().text()).startsWith("LHTTP/1.0 slow").endsWith("done");
        }
      }
      assertThat(server.statistics().memory().refusals()).isZero();
      assertGivenBack(server);
    }
  }

  @Test
  void messagesOverMemory_areRefusedAndOthersServed() throws Exception {
    try (var server = start(2 << 20);
        var good = RawClient.open(server.port())) {
      attack(server);

      awaitStill(server);
      var memory = server.statistics().memory();
      assertThat(memory.used()).isLessThanOrEqualTo(memory.limit());
      assertThat(memory.refusals()).isPositive();
      assertServed(good);
      gate.countDown();
      assertGivenBack(server);
      try (var again = RawClient.open(server.port())) {
        assertServed(again);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void heldMemory_ofAnyKind_isBounded(Hold hold) throws Exception {
    try (var server = start(hold == Hold.PLAIN ? 5 << 20 : 768 << 10);
        var good = RawClient.open(server.port())) {
      for (var i = 0; i < CLIENTS; i++) {
        clients.add(
            hold == Hold.HALF_A_BODY
                ? RawClient.connect(server.port())
                : RawClient.open(server.port()));
      }
      for (var client : clients) {
        Thread.ofVirtual()
            .start(() -> {
              try {
                hold(client, hold);
              } catch (IOException e) {
                // The server has closed the connection.
              }
            });
      }

      awaitStill(server);
      var memory = server.statistics().memory();
      assertThat(memory.used()).isBetween(memory.limit() / 2, memory.limit());
      assertThat(memory.refusals() + memory.closed() + memory.pauses()).isPositive();
      assertServed(good);
      gate.countDown();
      assertGivenBack(server);
    }
  }

  @Test
  void spentMemory_newRequestsAreRefusedWith503() throws Exception {
    try (var server = start(2 << 20)) {
      // the server closes the connections beyond its limit
      var most = server.statistics().memory().limit() / 60_000;
      for (var i = 0; i < most; i++) {
        clients.add(RawClient.open(server.port()));
      }
      for (var client : clients) {
        hold(client, Hold.FRAGMENTS);
      }
      await(
          "memory is spent",
          () ->
              server.statistics().memory().used() > server.statistics().memory().limit() * 9 / 10);

      for (var request : List.of(RawClient.handshake("/"), RawClient.publish(PUBLICATION))) {
        try (var late = RawClient.connect(server.port())) {
          var answer = late.send(request).answer();
          assertThat(answer.status()).isEqualTo(503);
          assertThat(answer.header("retry-after")).isEqualTo("1");
          assertThat(answer.body()).contains("short of memory");
        }
      }
      try (var probe = RawClient.connect(server.port())) {
        var request = RawClient.request("GET /livez", "Host: test");
        assertThat(probe.send(request).answer().status()).isEqualTo(200);
      }
      assertGivenBack(server);
      try (var again = RawClient.open(server.port())) {
        assertServed(again);
      }
    }
  }

  private void attack(LhttpServer server) throws IOException {
    var message = RawClient.frame(FINAL | RSV1 | TEXT, compressed());
    var all = new ByteArrayOutputStream();
    for (var i = 0; i < MESSAGES; i++) {
      all.writeBytes(message);
    }
    for (var i = 0; i < CLIENTS; i++) {
      clients.add(RawClient.open(server.port(), DEFLATE));
    }
    for (var client : clients) {
      client.send(all.toByteArray());
    }
  }

  private static void hold(RawClient client, Hold hold) throws IOException {
    var big = ("LHTTP/1.0 slow\r\n\r\n" + "x".repeat(60_000)).getBytes(UTF_8);
    switch (hold) {
      case PLAIN -> {
        for (var i = 0; i < 6; i++) {
          client.send(RawClient.frame(FINAL | TEXT, big));
        }
      }
      case FRAGMENTS -> client.send(RawClient.frame(TEXT, big));
      case HALF_A_FRAME ->
          client.send(Arrays.copyOf(RawClient.frame(FINAL | TEXT, big), big.length - 10));
      case HALF_A_BODY -> {
        var request = RawClient.publish(new String(big, UTF_8)).getBytes(UTF_8);
        client.send(Arrays.copyOf(request, request.length - 10));
      }
    }
  }

  /** Requires that a client is served, on the event loop and on a virtual thread. */
  private static void assertServed(RawClient good) throws IOException {
    good.text(Servers.echo("still there"));
    assertThat(good.frame().text()).endsWith("still there");
    good.text("LHTTP/1.0 quick\r\n\r\n");
    assertThat(good.frame().text()).endsWith("here too");
  }

  private void assertGivenBack(LhttpServer server) throws IOException {
    for (var client : clients) {
      client.close();
    }
    await("all is given back", () -> server.statistics().memory().used() == 0);
  }

  private LhttpServer start(int memory) throws IOException {
    return Servers.start(builder ->
        builder
            .processor("slow", this::slow)
            .processor("quick", exchange -> exchange.send("here too"))
            .limits(
                Limits.builder()
                    .messageBytes(MESSAGE)
                    .memory(MemoryShare.ofBytes(memory))
                    .waitingMessages(2 * MESSAGES)
                    .handshakesPerAddress(10 * CLIENTS)
                    .handshakeTime(Duration.ofMinutes(5))
                    .fragmentTime(Duration.ofMinutes(5))
                    .pingInterval(Duration.ofMinutes(10))
                    .build()));
  }

  private void slow(Exchange exchange) throws InterruptedException {
    gate.await();
    exchange.reply().header("x", "y").body("done").send();
  }

  /** Returns a message of some 120 bytes that expands to the longest allowed message. */
  private static byte[] compressed() {
    var head = "LHTTP/1.0 slow\r\n\r\n";
    var plain = (head + "x".repeat(MESSAGE - head.length())).getBytes(UTF_8);
    var deflater = new Deflater(9, true);
    deflater.setInput(plain);
    var out = new byte[1024];
    var length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(out, length - 4);
  }

  /** Waits until the held bytes and refusals have not changed for half a second. */
  private static void awaitStill(LhttpServer server) {
    var before = -1L;
    for (var since = System.nanoTime(); System.nanoTime() - since < 500_000_000L; ) {
      var memory = server.statistics().memory();
      var now = memory.used() + memory.refusals() + memory.closed();
      if (now != before || memory.used() == 0) {
        before = now;
        since = System.nanoTime();
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    var end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }
}
