package io.lhttp.filters.upstream;

import static io.lhttp.filters.upstream.Upstreams.options;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.Dns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A chain that may reach every public host refuses addresses of this machine and of private
 * networks.
 */
class SsrfTest {
  /** Spellings of hosts that are not public. The first ones name this machine. */
  private static final List<String> HOSTS =
      List.of(
          "127.0.0.1",
          "127.1",
          "127.0.1",
          "127.0.0.2",
          "127.255.255.254",
          "127.127.127.127",
          "2130706433",
          "0x7f000001",
          "0x7f.1",
          "0x7f.0x0.0x0.0x1",
          "0177.0.0.1",
          "0177.1",
          "017700000001",
          "00000177.0.0.1",
          "127.0.0.1.",
          "127.000.000.001",
          "127%2e0%2e0%2e1",
          "%31%32%37.0.0.1",
          "①②⑦.0.0.1",
          "１２７.０.０.１",
          "127。0。0。1",
          "0",
          "0.0.0.0",
          "00.00.00.00",
          "0x0",
          "localhost",
          "LOCALHOST",
          "localhost.",
          "LocalHost.",
          "user@127.0.0.1",
          "example.com@127.0.0.1",
          "example.com:80@127.0.0.1",
          "127.0.0.1\\@example.com",
          "[::1]",
          "[0:0:0:0:0:0:0:1]",
          "[0000:0000:0000:0000:0000:0000:0000:0001]",
          "[::]",
          "[::127.0.0.1]",
          "[::7f00:1]",
          "[::ffff:127.0.0.1]",
          "[::ffff:7f00:1]",
          "[0:0:0:0:0:ffff:127.0.0.1]",
          "[::FFFF:127.0.0.1]",
          "[::ffff:0:127.0.0.1]",
          "[64:ff9b::127.0.0.1]",
          "[64:ff9b::7f00:1]",
          "[64:ff9b:1::127.0.0.1]",
          "[2002:7f00:1::]",
          "[2001:0:7f00:1::]",
          "[fe80::1]",
          "[fe80::1%25lo]",
          "[fec0::1]",
          "[fc00::1]",
          "[fd00:ec2::254]",
          "[ff02::1]",
          "10.0.0.1",
          "10.255.255.255",
          "100.64.0.1",
          "100.100.100.200",
          "169.254.169.254",
          "2852039166",
          "0xa9fea9fe",
          "0251.0376.0251.0376",
          "[::ffff:169.254.169.254]",
          "[64:ff9b::a9fe:a9fe]",
          "168.63.129.16",
          "172.16.0.1",
          "172.31.255.255",
          "192.0.0.192",
          "192.168.0.1",
          "198.18.0.1",
          "198.19.255.255",
          "224.0.0.1",
          "240.0.0.1",
          "255.255.255.255");

  /** Addresses to which a forbidden name resolves. */
  private static final List<String> ADDRESSES =
      HOSTS.stream()
          .map(host -> host.replaceAll("[\\[\\]]", ""))
          .filter(host -> host.matches("[0-9.]{7,}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"))
          // the JDK reads such a number as decimal, which is a public address
          .filter(host -> !host.matches("0\\d+\\..*"))
          .filter(SsrfTest::literal)
          .toList();

  private final AtomicInteger connects = new AtomicInteger();
  private ServerSocket canary;

  @BeforeEach
  void listen() throws IOException {
    canary = new ServerSocket(0);
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              canary.accept().close();
              connects.incrementAndGet();
            }
          } catch (IOException e) {
            // The listener was closed.
          }
        });
  }

  @AfterEach
  void close() throws IOException {
    canary.close();
  }

  @Test
  void hostsAndAddresses_areEnoughAndDistinct() {
    assertThat(HOSTS).hasSizeGreaterThanOrEqualTo(60).doesNotHaveDuplicates();
    assertThat(ADDRESSES).hasSizeGreaterThanOrEqualTo(30);
  }

  @Test
  void addressInAnySpelling_isNotDialled() {
    try (var chain = everywhere(Dns.SYSTEM)) {
      for (var host : HOSTS) {
        assertRefused(chain, "GET http://" + host + ":" + canary.getLocalPort() + "/");
      }
    }
    assertThat(connects).hasValue(0);
  }

  @Test
  void name_resolvingInside_isNotDialled() {
    for (var address : ADDRESSES) {
      var filter = filter(name -> List.of(InetAddress.ofLiteral(address)));
      try (var chain = TestChain.builder().filter("upstream", filter).build()) {
        assertRefused(chain, "GET http://harmless.example:" + canary.getLocalPort() + "/");
        assertThat(forbidden(filter)).as(address).isEqualTo(1);
      }
    }
    assertThat(connects).hasValue(0);
  }

  /**
   * A name that resolves to a public address when it is checked and to a private one when the
   * socket connects, and a name that resolves to both at once.
   */
  @Test
  void name_rebound_isNotDialled() throws Exception {
    var lookups = new AtomicInteger();
    var outside = InetAddress.ofLiteral("192.0.2.1");
    var inside = InetAddress.ofLiteral("127.0.0.1");
    Dns rebinding = name -> List.of(lookups.getAndIncrement() == 0 ? outside : inside);
    Dns both = name -> List.of(outside, inside);
    for (var dns : List.of(rebinding, both)) {
      try (var chain = everywhere(dns)) {
        for (var i = 0; i < 3; i++) {
          assertRefused(chain, "GET http://harmless.example:" + canary.getLocalPort() + "/");
        }
      }
    }
    assertThat(connects).hasValue(0);
  }

  @Test
  void redirect_toInside_isNotFollowed() {
    for (var host : HOSTS) {
      var to = "http://" + host + ":" + canary.getLocalPort() + "/";
      try (var outside =
          new RawBackend(request -> RawBackend.status(302, "Location: " + bytes(to)))) {
        var filter =
            new UpstreamFilter(
                options(o ->
                    o.allow("http://*:*", outside.url("/"))
                        .redirects(3)
                        .timeout(Duration.ofSeconds(5))));
        try (var chain = TestChain.builder().filter("upstream", filter).build()) {
          assertRefused(chain, "GET " + outside.url("/"));
        }
      }
    }
    assertThat(connects).hasValue(0);
  }

  /** OkHttp shares pooled connections between clients with different socket factories. */
  @Test
  void pooledConnection_doesNotServeForbiddenPath() {
    try (var backend = RawBackend.ok();
        var chain = Upstreams.chain(options(o -> o.allow(backend.url("/record"), "http://*:*")))) {
      assertThat(send(chain, "GET " + backend.url("/record"))).isEqualTo(Outcome.done());
      assertRefused(chain, "GET " + backend.url("/admin"));
      assertThat(backend.requests).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.0/8", "127.0.0.1"})
  void allowedNetwork_isDialled(String network) {
    try (var backend = RawBackend.ok();
        var chain = Upstreams.chain(options(o -> o.allow("http://*:*").addresses(network)))) {
      assertThat(send(chain, "GET " + backend.url("/"))).isEqualTo(Outcome.done());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "172.32.0.1",
        "198.20.0.1",
        "2606:4700::1111",
        "2a00:1450:4001::1"
      })
  void publicAddress_isPermitted(String address) {
    assertThat(new AddressPolicy(Set.of()).permits(InetAddress.ofLiteral(address))).isTrue();
  }

  private static void assertRefused(TestChain chain, String header) {
    assertThat(send(chain, header))
        .as(header)
        .isInstanceOfSatisfying(
            Outcome.Refused.class, refused -> assertThat(refused.status()).isIn(400, 403, 502));
  }

  private static Outcome send(TestChain chain, String header) {
    return chain
        .send(chain.connect("mallory"), Message.builder("x").header("upstream", header).build())
        .outcome();
  }

  private static TestChain everywhere(Dns dns) {
    return TestChain.builder().filter("upstream", filter(dns)).build();
  }

  private static UpstreamFilter filter(Dns dns) {
    var client = HttpClients.SHARED.base().newBuilder().dns(dns).build();
    return new UpstreamFilter(
        options(o -> o.allow("http://*:*", "https://*:*")),
        new HttpClients(client),
        System::nanoTime,
        InstantSource.system());
  }

  private static double forbidden(UpstreamFilter filter) {
    return filter.metrics().stream()
        .filter(m -> "forbidden".equals(m.labels().get("result")))
        .mapToDouble(m -> m.value())
        .sum();
  }

  private static boolean literal(String text) {
    try {
      return InetAddress.ofLiteral(text).getAddress().length > 0;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Returns a text with one character for each byte, as {@link RawBackend} reads it. */
  private static String bytes(String text) {
    return new String(text.getBytes(UTF_8), ISO_8859_1);
  }
}
