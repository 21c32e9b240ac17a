package io.lhttp.server.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.AddressBlock;
import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.TrustedProxies;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.fixture.Servers;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.server.internal.limit.RefusalLog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The server takes the client's address from trusted proxies; the test plays a proxy on the
 * loopback address.
 */
@EachTransport
class BehindProxyTest {
  private static final TrustedProxies LOOPBACK =
      TrustedProxies.of(Stream.of("127.0.0.0/8", "::1").map(AddressBlock::parse).toList());
  private static final TrustedProxies ELSEWHERE =
      TrustedProxies.of(List.of(AddressBlock.parse("192.0.2.200")));
  private static final String FIRST = "X-Forwarded-For: 192.0.2.1";
  private static final String SECOND = "X-Forwarded-For: 192.0.2.2";

  /** Replies with the address and port that the server has for the client. */
  private static final Processor WHO =
      new Processor() {
        @Override
        public void onMessage(Exchange exchange) {
          var remote = exchange.connection().handshake().remote();
          exchange
              .connection()
              .send(
                  Message.of("who", remote.getAddress().getHostAddress() + " " + remote.getPort()));
        }

        @Override
        public boolean mayBlock() {
          return false;
        }
      };

  @AutoClose private final CapturedLog logged = new CapturedLog(RefusalLog.class);

  @Test
  void connection_hasForwardedClientAddress() throws IOException {
    try (var server = start(LOOPBACK, limits -> {})) {
      assertThat(who(RawClient.open(server.port(), "X-Forwarded-For: 198.51.100.9, 192.0.2.1")))
          .isEqualTo("192.0.2.1 0");
      assertThat(who(RawClient.open(server.port(), "Forwarded: for=\"[2001:db8::1]:4711\"")))
          .isEqualTo("2001:db8:0:0:0:0:0:1 4711");
      assertThat(who(RawClient.open(server.port()))).startsWith("127.0.0.1 ");
    }
    assertThat(logged.messages()).isEmpty();
  }

  @Test
  void untrustedPeer_headersAreIgnoredAndHintLoggedOnce() throws IOException {
    try (var server = start(ELSEWHERE, limits -> {})) {
      for (var header : List.of(FIRST, "Forwarded: for=192.0.2.1", "X-Forwarded-For: junk")) {
        assertThat(who(RawClient.open(server.port(), header))).startsWith("127.0.0.1 ");
      }
    }
    assertThat(logged.messages()).hasSize(1);
    assertThat(logged.messages().getFirst()).contains("trusted-proxies:", "value=\"127.0.0.1\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          X-Forwarded-For: 192.0.2.1 | X-Forwarded-For: 192.0.2.1 | 1
          X-Forwarded-For: 192.0.2.1 | X-Forwarded-For: 192.0.2.2 | 2
          X-Forwarded-For: 7.7.7.7, 192.0.2.1 | X-Forwarded-For: 8.8.8.8,192.0.2.1 | 1
          X-Forwarded-For: 2001:db8::1 | X-Forwarded-For: 2001:db8::2 | 1
          X-Forwarded-For: 2001:db8::1 | X-Forwarded-For: 2001:db8:0:ff01::1 | 1
          X-Forwarded-For: 2001:db8::1 | X-Forwarded-For: 2001:db8:1::1 | 2
          X-Forwarded-For: 192.0.2.1 | X-Other: 1 | 2
          X-Forwarded-For: junk | X-Forwarded-For: junk | 2
          X-Other: 1 | X-Other: 1 | 2
          """)
  void probation_behindUnconfiguredProxy_countsForwardedClients(
      String first, String second, int clients) throws IOException {
    try (var server = start(ELSEWHERE, limits -> {})) {
      var chain = ServerInternals.of(server).chain();
      chain.countClients();
      for (var header : List.of(first, second)) {
        try (var client = RawClient.open(server.port(), header)) {
          var _ = ask(client);
          var _ = ask(client); // the first message is counted before the second one is handled
        }
      }
      assertThat(chain.clientCounts().clients()).isEqualTo(clients);
    }
  }

  @Test
  void differingHeaders_areRefusedAndLoggedOnce() throws IOException {
    try (var server = start(LOOPBACK, limits -> {});
        var client = RawClient.connect(server.port())) {
      for (var other :
          List.of(
              "Forwarded: for=192.0.2.2",
              "Forwarded: for=unknown",
              "Forwarded: junk",
              "Forwarded: for=192.0.2.1, for=192.0.2.2",
              "Forwarded: for=192.0.2.1;host=evil\r\nX-Forwarded-Host: a.example")) {
        client.send(RawClient.request("GET /livez", "Host: test", FIRST, other));
        var answer = client.answer();
        assertThat(answer.status()).as(other).isEqualTo(400);
        assertThat(answer.body()).contains("Forwarded and X-Forwarded-For differ");
      }
      client.send(RawClient.handshake("/", FIRST, "Forwarded: for=192.0.2.2"));
      assertThat(client.answer().status()).isEqualTo(400);
      client.send(RawClient.request("GET /livez", "Host: test", FIRST, "Forwarded: for=192.0.2.1"));
      assertThat(client.answer().status()).isEqualTo(200);
    }
    assertThat(logged.messages()).hasSize(1);
    assertThat(logged.messages().getFirst())
        .contains("forwarded-header:", "two-forwarding-headers");
  }

  @Test
  void differingHeaders_fromUntrustedPeer_areIgnored() throws IOException {
    try (var server = start(ELSEWHERE, limits -> {})) {
      assertThat(who(RawClient.open(server.port(), FIRST, "Forwarded: for=192.0.2.2")))
          .startsWith("127.0.0.1 ");
    }
  }

  @Test
  void connectionsPerAddress_countPerForwardedClient() throws IOException {
    try (var server = start(LOOPBACK, limits -> limits.connectionsPerAddress(2));
        var one = RawClient.open(server.port(), FIRST);
        var _ = RawClient.open(server.port(), FIRST)) {
      try (var third = RawClient.connect(server.port())) {
        third.send(RawClient.handshake("/", FIRST));
        assertThat(third.answer().status()).isEqualTo(429);
        third.send(RawClient.request("GET /livez", "Host: test", FIRST));
        assertThat(third.answer().status()).isEqualTo(429);
        third.send(RawClient.request("GET /livez", "Host: test", SECOND));
        assertThat(third.answer().status()).isEqualTo(200);
      }
      RawClient.open(server.port(), SECOND).close();
      assertThat(ServerInternals.of(server).counters().rejected()).isEqualTo(2);
      assertThat(logged.messages())
          .containsExactly(
              "refused cause=connections-per-address value=\"192.0.2.1\" expected=\"2\""
                  + " client=192.0.2.1");

      one.close(1000).skipToEnd();
      awaitRoom(server).close();
    }
  }

  @Test
  void connectionsPerAddress_networksOfHousehold_haveLimitOfFour() throws IOException {
    try (var server = start(LOOPBACK, limits -> limits.connectionsPerAddress(1))) {
      var clients = new ArrayList<RawClient>();
      for (var i = 0; i < 4; i++) {
        clients.add(
            RawClient.open(server.port(), "X-Forwarded-For: 2001:db8:1:%x::1".formatted(i)));
      }
      try (var fifth = RawClient.connect(server.port())) {
        fifth.send(RawClient.handshake("/", "X-Forwarded-For: 2001:db8:1:ff::1"));
        assertThat(fifth.answer().status()).isEqualTo(429);
        fifth.send(RawClient.handshake("/", "X-Forwarded-For: 2001:db8:1:100::1"));
        assertThat(fifth.answer().status()).isEqualTo(101);
      }
      for (var client : clients) {
        client.close();
      }
      assertThat(logged.messages())
          .containsExactly(
              "refused cause=connections-per-address value=\"2001:db8:1:0::/56\" expected=\"4\""
                  + " client=2001:db8:1:ff:0:0:0:1");
    }
  }

  @Test
  void connectionsPerAddress_requestCountsWhileAnswered() throws Exception {
    var begun = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    Processor wait =
        exchange -> {
          begun.countDown();
          gate.await();
        };
    try (var server =
            Servers.start(builder ->
                builder
                    .trustedProxies(LOOPBACK)
                    .processor("wait", wait)
                    .limits(Limits.builder().connectionsPerAddress(1).build()));
        var slow = RawClient.connect(server.port());
        var client = RawClient.connect(server.port())) {
      var message = "LHTTP/1.0 wait\r\npublish:a\r\n\r\n";
      slow.send(RawClient.publish(message, FIRST));
      begun.await();
      client.send(RawClient.request("GET /nothing", "Host: test", FIRST));
      var refused = client.answer();
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("retry-after")).isEqualTo("1");
      client.send(RawClient.request("GET /livez", "Host: test", SECOND));
      assertThat(client.answer().status()).isEqualTo(200);

      gate.countDown();
      assertThat(slow.answer().status()).isEqualTo(200);
      var next = RawClient.request("GET /livez", "Host: test", FIRST);
      while (client.send(next).answer().status() != 200) {} // until the slow request has ended
    }
  }

  @Test
  void handshakesPerAddress_countPerForwardedClient() throws IOException {
    try (var server = start(LOOPBACK, limits -> limits.handshakesPerAddress(1));
        var client = RawClient.connect(server.port())) {
      // These are refused because of their version, after they were counted.
      var bad = RawClient.handshake("/", FIRST).replace("Version: 13", "Version: 7");
      var statuses =
          List.of(
              client.send(bad).answer().status(),
              client.send(bad).answer().status(),
              client.send(bad).answer().status());
      assertThat(statuses.subList(0, 2)).containsOnly(426);
      while (client.send(bad).answer().status() != 429) {}
      assertThat(client.send(bad.replace(FIRST, SECOND)).answer().status()).isEqualTo(426);
    }
    assertThat(logged.messages().getFirst())
        .contains("cause=handshakes-per-address", "value=\"192.0.2.1\"", "expected=\"1\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://site.example | X-Forwarded-Proto: https | Host: site.example | 101",
        "http://site.example | X-Forwarded-Proto: https | Host: site.example | 403",
        "http://site.example | X-Forwarded-Proto: http | Host: site.example | 101",
        "https://site.example | X: none | Host: site.example | 101",
        "https://site.example:443 | X-Forwarded-Proto: https | Host: site.example | 101",
        "https://site.example | X-Forwarded-Host: site.example | Host: inner:8081 | 101",
        "https://site.example:8443 | X-Forwarded-Host: site.example:8443 | Host: inner | 101",
        "http://inner:8081 | X-Forwarded-Host: site.example | Host: inner:8081 | 403",
        "https://evil.example | X-Forwarded-Proto: https | Host: site.example | 403",
      })
  void ownOrigin_isHostThatClientRequested(String origin, String forwarded, String host, int status)
      throws IOException {
    try (var server = start(LOOPBACK, limits -> {});
        var client = RawClient.connect(server.port())) {
      var request =
          RawClient.handshake("/", FIRST, forwarded, "Origin: " + origin)
              .replace("Host: test", host);
      assertThat(client.send(request).answer().status()).isEqualTo(status);
    }
  }

  @Test
  void refusedOrigin_isLoggedWithBothValues() throws IOException {
    try (var server = start(LOOPBACK, limits -> {});
        var client = RawClient.connect(server.port())) {
      for (var i = 0; i < 20; i++) {
        client.send(RawClient.handshake("/", FIRST, "Origin: https://evil.example"));
        assertThat(client.answer().status()).isEqualTo(403);
      }
    }
    assertThat(logged.messages())
        .containsExactly(
            "refused cause=origin value=\"https://evil.example\" expected=\"pages of test\""
                + " client=192.0.2.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY TCP4 192.0.2.1 192.0.2.99 4711 8081\r\n",
        "PROXY TCP6 2001:db8::1 2001:db8::99 4711 8081\r\n",
        "PROXY TCP6 ::ffff:192.0.2.1 ::1 4711 8081\r\n",
      })
  void proxyProtocolV1_namesClient(String header) throws IOException {
    try (var server = start(LOOPBACK.withProxyProtocol(), limits -> {})) {
      var client = RawClient.connect(server.port()).send(header + RawClient.handshake("/", SECOND));
      assertThat(client.answer().status()).isEqualTo(101);
      assertThat(who(client))
          .isEqualTo(header.contains("db8") ? "2001:db8:0:0:0:0:0:1 4711" : "192.0.2.1 4711");
    }
  }

  @Test
  void proxyProtocolV2_namesClientAndEncryption() throws IOException {
    var secure = new HAProxySSLTLV(0, (byte) 1, List.of());
    for (var tlvs : List.of(List.<HAProxySSLTLV>of(), List.of(secure))) {
      var header = second(HAProxyCommand.PROXY, HAProxyProxiedProtocol.TCP4, tlvs);
      try (var server = start(LOOPBACK.withProxyProtocol(), limits -> {})) {
        var page = "Origin: http://test";
        var client = RawClient.connect(server.port()).send(header);
        client.send(RawClient.handshake("/", page));
        assertThat(client.answer().status()).isEqualTo(tlvs.isEmpty() ? 101 : 403);
        client.close();

        var encrypted = RawClient.connect(server.port()).send(header);
        encrypted.send(RawClient.handshake("/", "Origin: https://test"));
        assertThat(encrypted.answer().status()).isEqualTo(101);
        assertThat(who(encrypted)).isEqualTo("192.0.2.1 4711");
      }
    }
  }

  @Test
  void proxyProtocol_localOrUnknown_keepsProxyAddress() throws IOException {
    var local = second(HAProxyCommand.LOCAL, HAProxyProxiedProtocol.UNKNOWN, List.of());
    try (var server = start(LOOPBACK.withProxyProtocol(), limits -> {})) {
      var check = RawClient.connect(server.port()).send(local);
      check.send(RawClient.handshake("/", FIRST));
      assertThat(check.answer().status()).isEqualTo(101);
      assertThat(who(check)).startsWith("127.0.0.1 ");

      var unknown = RawClient.connect(server.port()).send("PROXY UNKNOWN\r\n");
      unknown.send(RawClient.handshake("/", FIRST));
      assertThat(unknown.answer().status()).isEqualTo(101);
      assertThat(who(unknown)).startsWith("127.0.0.1 ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PROXY TCP4 192.0.2.1 192.0.2.99 0 0            | 192.0.2.1 0
          PROXY TCP4 192.0.2.1 192.0.2.99 4711 0         | 192.0.2.1 4711
          PROXY TCP4 192.0.2.1 192.0.2.99 0 65535        | 192.0.2.1 0
          PROXY TCP6 2001:db8::1 2001:db8::99 0 0        | 2001:db8:0:0:0:0:0:1 0
          PROXY UNKNOWN                                  | 127.0.0.1
          PROXY UNKNOWN 192.0.2.1 192.0.2.99 0 0         | 127.0.0.1
          PROXY UNKNOWN any words, and more than six of them | 127.0.0.1
          PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535 | 127.0.0.1
          """)
  void proxyProtocolV1_portZeroOrUnknown_isAccepted(String header, String who) throws IOException {
    try (var server = start(LOOPBACK.withProxyProtocol(), limits -> {})) {
      var client = RawClient.connect(server.port());
      for (var part : (header + "\r\n").split("(?<=[ \r])", -1)) {
        client.send(part);
      }
      client.send(RawClient.handshake("/", SECOND));
      assertThat(client.answer().status()).isEqualTo(101);
      assertThat(who(client)).startsWith(who);
    }
  }

  /** Headers of version 2 after the signature: command, family, addresses. */
  @ParameterizedTest
  @CsvSource({
    "20, 00, '', 127.0.0.1",
    "20, 11, c0000201 c0000263 1267 1f91, 127.0.0.1",
    "20, 00, c0000201 c0000263 1267 1f91, 127.0.0.1",
    "20, 11, '', 127.0.0.1",
    "20, ff, 0102, 127.0.0.1",
    "20, 00, 04 0003 000000, 127.0.0.1",
    "21, 00, '', 127.0.0.1",
    "21, 00, 04 0003 000000, 127.0.0.1",
    "21, 00, 0102030405, 127.0.0.1",
    "21, 11, c0000201 c0000263 0000 0000, 192.0.2.1 0",
    "21, 11, c0000201 c0000263 1267 1f91 04 0001 00, 192.0.2.1 4711",
    "21, 12, c0000201 c0000263 1267 1f91, 127.0.0.1",
  })
  void proxyProtocolV2_healthChecksAndPortZero_areAccepted(
      String command, String family, String rest, String who) throws IOException {
    var addresses = HexFormat.of().parseHex(rest.replace(" ", ""));
    var header =
        "0d0a0d0a000d0a515549540a%s%s%04x%s"
            .formatted(command, family, addresses.length, rest.replace(" ", ""));
    try (var server = start(LOOPBACK.withProxyProtocol(), limits -> {})) {
      var client = RawClient.connect(server.port()).send(HexFormat.of().parseHex(header));
      client.send(RawClient.handshake("/", SECOND));
      assertThat(client.answer().status()).isEqualTo(101);
      assertThat(who(client)).startsWith(who);
    }
  }

  @Test
  void proxyProtocol_namesTrustedProxy_headersCount() throws IOException {
    var header = "PROXY TCP4 127.0.0.9 127.0.0.1 4711 8081\r\n";
    try (var server = start(LOOPBACK.withProxyProtocol(), limits -> {})) {
      var client = RawClient.connect(server.port()).send(header + RawClient.handshake("/", FIRST));
      assertThat(client.answer().status()).isEqualTo(101);
      assertThat(who(client)).isEqualTo("192.0.2.1 0");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /livez HTTP/1.1\r\nHost: test\r\n\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.99 4711\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.99 4711 99999\r\n",
        "PROXY TCP4 192.0.2.256 192.0.2.99 4711 8081\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 4711 8081\r\n",
        "PROXY TCP4 192.0.2.01 192.0.2.99 4711 8081\r\n",
        "PROXY TCP4 example.com 192.0.2.99 4711 8081\r\n",
        "proxy TCP4 192.0.2.1 192.0.2.99 4711 8081\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.99 4711 8081\n\n\n",
        "PROXY TCP4 192.0.2.1                                                                "
            + "                                             192.0.2.99 4711 8081\r\n",
      })
  void proxyProtocol_badHeader_closesAndLogs(String header) throws IOException {
    try (var server = start(LOOPBACK.withProxyProtocol(), limits -> {});
        var client = RawClient.connect(server.port())) {
      client.send(header + RawClient.request("GET /livez", "Host: test"));
      client.finish();
      assertThat(client.skipToEnd()).isZero();
    }
    assertThat(logged.messages())
        .containsExactly(
            "refused cause=proxy-header value=\"127.0.0.1\""
                + " expected=\"a header of the PROXY protocol\" client=127.0.0.1");
  }

  @Test
  void proxyProtocol_untrustedPeer_isRefusedWith400() throws IOException {
    try (var server = start(ELSEWHERE.withProxyProtocol(), limits -> {});
        var client = RawClient.connect(server.port())) {
      client.send("PROXY TCP4 192.0.2.1 192.0.2.99 4711 8081\r\n");
      client.send(RawClient.handshake("/"));
      assertThat(client.answer().status()).isEqualTo(400);
      assertThat(who(RawClient.open(server.port()))).startsWith("127.0.0.1 ");
    }
  }

  @Test
  void proxyProtocol_connectionsCountPerClient() throws IOException {
    var first = "PROXY TCP4 192.0.2.1 192.0.2.99 4711 8081\r\n";
    var second = "PROXY TCP4 192.0.2.2 192.0.2.99 4711 8081\r\n";
    try (var server =
            start(LOOPBACK.withProxyProtocol(), limits -> limits.connectionsPerAddress(1));
        var one = RawClient.connect(server.port()).send(first + RawClient.handshake("/"))) {
      assertThat(one.answer().status()).isEqualTo(101);
      try (var two = RawClient.connect(server.port()).send(first + RawClient.handshake("/"))) {
        assertThat(two.skipToEnd()).isZero();
      }
      try (var other = RawClient.connect(server.port()).send(second + RawClient.handshake("/"))) {
        assertThat(other.answer().status()).isEqualTo(101);
      }
    }
  }

  private static LhttpServer start(TrustedProxies proxies, Consumer<Limits.Builder> limits)
      throws IOException {
    var changed = Limits.builder();
    limits.accept(changed);
    return Servers.start(
        builder -> builder.trustedProxies(proxies).limits(changed.build()).processor("who", WHO));
  }

  /** Returns the address that the server has for this client. Closes the connection. */
  private static String who(RawClient client) throws IOException {
    try (client) {
      return ask(client);
    }
  }

  private static String ask(RawClient client) throws IOException {
    client.text("LHTTP/1.0 who\r\n\r\n");
    var frame = client.frame();
    while (frame.opcode() == RawClient.PING) { // a ping may arrive at any time on a slow machine
      frame = client.frame();
    }
    var text = frame.text();
    return text.substring(text.indexOf("\r\n\r\n") + 4);
  }

  private static RawClient awaitRoom(LhttpServer server) throws IOException {
    while (true) {
      var client = RawClient.connect(server.port());
      try {
        if (client.send(RawClient.handshake("/", FIRST)).answer().status() == 101) {
          return client;
        }
      } catch (EOFException | SocketException e) {
        // The server has no room yet.
      }
      client.close();
    }
  }

  private static byte[] second(
      HAProxyCommand command, HAProxyProxiedProtocol protocol, List<HAProxySSLTLV> tlvs) {
    var known = protocol == HAProxyProxiedProtocol.TCP4;
    var channel = new EmbeddedChannel(HAProxyMessageEncoder.INSTANCE);
    channel.writeOutbound(
        new HAProxyMessage(
            HAProxyProtocolVersion.V2,
            command,
            protocol,
            known ? "192.0.2.1" : null,
            known ? "192.0.2.99" : null,
            known ? 4711 : 0,
            known ? 8081 : 0,
            tlvs));
    var all = Unpooled.buffer();
    for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
      all.writeBytes(part);
      part.release();
    }
    var bytes = new byte[all.readableBytes()];
    all.readBytes(bytes);
    return bytes;
  }
}
