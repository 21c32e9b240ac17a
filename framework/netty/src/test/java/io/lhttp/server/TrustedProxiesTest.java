package io.lhttp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.AddressBlock;
import io.lhttp.server.TrustedProxies.Header;
import io.lhttp.server.internal.address.ForwardedHeader;
import io.lhttp.server.internal.address.Peer;
import io.lhttp.server.internal.address.ProxyRules;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Forwarding headers of trusted proxies name the client. The proxies are 10.0.0.0/8 and fd00::/8.
 */
class TrustedProxiesTest {
  private static final String PROXY = "10.0.0.1";
  private static final TrustedProxies PROXIES =
      TrustedProxies.of(Stream.of("10.0.0.0/8", "fd00::/8").map(AddressBlock::parse).toList());
  private static final ProxyRules RULES = PROXIES.rules();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.1 | 192.0.2.1",
        "192.0.2.1:4711 | 192.0.2.1:4711",
        "2001:db8::1 | 2001:db8:0:0:0:0:0:1",
        "[2001:db8::1]:4711 | 2001:db8:0:0:0:0:0:1:4711",
        "::ffff:192.0.2.1 | 192.0.2.1",
        // the last address that is not a proxy's
        "198.51.100.9, 192.0.2.1 | 192.0.2.1",
        "198.51.100.9,192.0.2.1,10.2.2.2 | 192.0.2.1",
        "198.51.100.9, 192.0.2.1, 10.2.2.2, fd00::7 | 192.0.2.1",
        "198.51.100.9, 192.0.2.1, ::ffff:10.2.2.2 | 192.0.2.1",
        "10.9.9.9, 192.0.2.1 | 192.0.2.1",
        // only proxies: the first address
        "10.3.3.3, 10.2.2.2 | 10.3.3.3",
        // addresses before an element without an address are not believed
        "198.51.100.9, unknown | 10.0.0.1",
        "198.51.100.9, unknown, 10.2.2.2 | 10.2.2.2",
        "198.51.100.9, , 10.2.2.2 | 10.2.2.2",
        "198.51.100.9, | 10.0.0.1",
        "198.51.100.9, 127.1 | 10.0.0.1",
        "198.51.100.9, 192.0.2.01 | 10.0.0.1",
        "198.51.100.9, 192.0.2.1%eth0 | 10.0.0.1",
        "198.51.100.9 192.0.2.1 | 10.0.0.1",
        "198.51.100.9; 192.0.2.1 | 10.0.0.1",
        "\"198.51.100.9\" | 10.0.0.1",
        "unknown, 192.0.2.1 | 192.0.2.1",
        "\", 192.0.2.1 | 192.0.2.1",
        "'' | 10.0.0.1",
      })
  void xForwardedFor_isReadFromRight(String header, String client) {
    assertThat(client(PROXY, "X-Forwarded-For: " + header)).isEqualTo(client);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "for=192.0.2.1 | 192.0.2.1",
        "For=192.0.2.1 | 192.0.2.1",
        "for=\"192.0.2.1\" | 192.0.2.1",
        "for=\"192.0.2.1:4711\" | 192.0.2.1:4711",
        "for=192.0.2.1:4711 | 192.0.2.1:4711",
        "for=\"192.0.2.1:_port\" | 192.0.2.1",
        "for=\"[2001:db8::1]\" | 2001:db8:0:0:0:0:0:1",
        "for=\"[2001:db8::1]:80\" | 2001:db8:0:0:0:0:0:1:80",
        "for=\"\\192.0.2\\.1\" | 192.0.2.1",
        "for=192.0.2.1;proto=https;by=203.0.113.43 | 192.0.2.1",
        "proto=https ; for=192.0.2.1 ; | 192.0.2.1",
        "for=198.51.100.9, for=192.0.2.1 | 192.0.2.1",
        "for=198.51.100.9, for=192.0.2.1, for=10.2.2.2 | 192.0.2.1",
        "for=198.51.100.9, for=192.0.2.1;by=_a, for=\"[fd00::1]\" | 192.0.2.1",
        "for=192.0.2.1, for=\"_a,b\";by=x, for=10.2.2.2 | 10.2.2.2",
        // obfuscated, unknown or malformed elements
        "for=198.51.100.9, for=_hidden | 10.0.0.1",
        "for=198.51.100.9, for=unknown | 10.0.0.1",
        "for=198.51.100.9, for=unknown, for=10.2.2.2 | 10.2.2.2",
        "for=198.51.100.9, proto=https | 10.0.0.1",
        "for=198.51.100.9, for=192.0.2.1;for=203.0.113.5 | 10.0.0.1",
        "for=198.51.100.9, for=2001:db8::1 | 10.0.0.1",
        "for=198.51.100.9, for=\"2001:db8::1\" | 10.0.0.1",
        "for=198.51.100.9, for | 10.0.0.1",
        "for=198.51.100.9, for=192.0.2.1\" | 10.0.0.1",
        "for=198.51.100.9, for =192.0.2.1 | 10.0.0.1",
        "for=198.51.100.9, | 10.0.0.1",
        // a client's open quotation mark, backslash or incomplete element
        "for=\"198.51.100.9, for=192.0.2.1 | 192.0.2.1",
        "for=\"_x\\, for=192.0.2.1 | 192.0.2.1",
        "\\, for=\"192.0.2.1\" | 192.0.2.1",
        "for=\"\\\", for=\"[2001:db8::1]\" | 2001:db8:0:0:0:0:0:1",
        "for=198.51.100.9;x=\", for=192.0.2.1;proto=http | 192.0.2.1",
      })
  void forwarded_isReadFromRight(String header, String client) {
    assertThat(client(PROXY, "Forwarded: " + header)).isEqualTo(client);
  }

  @Test
  void severalLines_areOneList() {
    assertThat(
            client(
                PROXY,
                "X-Forwarded-For: 198.51.100.9",
                "X-Forwarded-For: 192.0.2.1, 10.1.1.1",
                "X-Forwarded-For: 10.2.2.2"))
        .isEqualTo("192.0.2.1");
    assertThat(client(PROXY, "Forwarded: for=\"198.51.100.9", "Forwarded: for=192.0.2.1"))
        .isEqualTo("192.0.2.1");
    assertThat(client(PROXY, "X-Forwarded-For: 198.51.100.9", "X-Forwarded-For: "))
        .as("an empty line names nobody")
        .isEqualTo(PROXY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.50", "2001:db8::50", "::1", "127.0.0.1"})
  void untrustedPeer_headersAreIgnored(String peer) {
    var expected = InetAddress.ofLiteral(peer).getHostAddress();
    for (var header :
        List.of("X-Forwarded-For: 198.51.100.9", "Forwarded: for=198.51.100.9;proto=https")) {
      assertThat(client(peer, header)).isEqualTo(expected);
      var client = RULES.client(peer(peer), headers(header, "X-Forwarded-Proto: https"));
      assertThat(client.secure()).isFalse();
    }
    assertThat(RULES.client(peer(peer), headers("Host: own", "X-Forwarded-Host: other")).host())
        .contains("own");
  }

  @Test
  void none_trustsNobody() {
    assertThat(
            TrustedProxies.none()
                .rules()
                .trusts(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1)))
        .isFalse();
    assertThat(TrustedProxies.none().rules().trusts(InetSocketAddress.createUnresolved("x", 1)))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.1 | for=192.0.2.1 | 192.0.2.1",
        "198.51.100.9, 192.0.2.1 | for=\"192.0.2.1:80\" | 192.0.2.1:80",
        "192.0.2.1 | for=198.51.100.9 | 10.0.0.1",
        "198.51.100.9 | for=192.0.2.1 | 10.0.0.1",
        "192.0.2.1 | for=unknown | 10.0.0.1",
        "192.0.2.1 | ; | 10.0.0.1",
      })
  void bothHeaders_countOnlyWhereTheyAgree(String list, String forwarded, String client) {
    var headers = new String[] {"X-Forwarded-For: " + list, "Forwarded: " + forwarded};
    assertThat(client(PROXY, headers)).isEqualTo(client);
    assertThat(RULES.contradicts(peer(PROXY), headers(headers))).isEqualTo(client.equals(PROXY));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "proto=https | X-Forwarded-Proto: http | true",
        "proto=https | X-Forwarded-Proto: wss | false",
        "proto=https | X-Forwarded-Port: 80 | false",
        "host=evil | X-Forwarded-Host: a.example | true",
        "host=A.example | X-Forwarded-Host: a.example | false",
        "by=10.0.0.1 | X-Forwarded-Host: a.example | false",
      })
  void bothHeaders_contradictWhereTheyNameAnotherSchemeOrHost(
      String pair, String line, boolean contradict) {
    var both = headers("X-Forwarded-For: 192.0.2.1", line, "Forwarded: for=192.0.2.1;" + pair);
    assertThat(RULES.contradicts(peer(PROXY), both)).isEqualTo(contradict);
    for (var header : Header.values()) {
      assertThat(PROXIES.writing(header).rules().contradicts(peer(PROXY), both)).isFalse();
    }
  }

  @Test
  void writing_namedHeader_countsAlone() {
    var both =
        headers(
            "X-Forwarded-For: 192.0.2.1",
            "X-Forwarded-Proto: https",
            "Forwarded: for=198.51.100.9;host=other");
    var list = PROXIES.writing(Header.X_FORWARDED_FOR).rules().client(peer(PROXY), both);
    assertThat(text(list.address())).isEqualTo("192.0.2.1");
    assertThat(list.secure()).isTrue();
    assertThat(list.host()).isEmpty();

    var forwarded = PROXIES.writing(Header.FORWARDED).rules().client(peer(PROXY), both);
    assertThat(text(forwarded.address())).isEqualTo("198.51.100.9");
    assertThat(forwarded.secure()).isFalse();
    assertThat(forwarded.host()).contains("other");

    var other =
        PROXIES
            .writing(Header.FORWARDED)
            .rules()
            .client(peer(PROXY), headers("X-Forwarded-For: 1.1.1.1"));
    assertThat(text(other.address())).isEqualTo(PROXY);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "192.0.2.1 | https | true",
        "192.0.2.1 | HTTPS | true",
        "192.0.2.1 | wss | true",
        "192.0.2.1 | http | false",
        "192.0.2.1 | httpsx | false",
        "192.0.2.1 | https, http | false",
        "192.0.2.1, 10.2.2.2 | https, http | true",
        "192.0.2.1, 10.2.2.2 | http, https | false",
        "198.51.100.9, 192.0.2.1, 10.2.2.2 | https, http, https | false",
        "192.0.2.1, 10.2.2.2 | https | true",
      })
  void scheme_comesFromClientsRequest(String list, String schemes, boolean secure) {
    var headers = headers("X-Forwarded-For: " + list, "X-Forwarded-Proto: " + schemes);
    assertThat(RULES.client(peer(PROXY), headers).secure()).isEqualTo(secure);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "for=192.0.2.1;proto=https;host=a.example | true | a.example",
        "for=192.0.2.1;proto=https;host=\"a.example:8443\" | true | a.example:8443",
        "for=192.0.2.1;proto=http;host=a, for=10.2.2.2;proto=https;host=b | false | a",
        "for=198.51.100.9;proto=https;host=evil, for=192.0.2.1;proto=http | false | own",
        "for=_hidden;proto=https;host=a | true | a",
      })
  void forwarded_givesSchemeAndHostOfClientsRequest(String header, boolean secure, String host) {
    var client = RULES.client(peer(PROXY), headers("Host: own", "Forwarded: " + header));
    assertThat(client.secure()).isEqualTo(secure);
    assertThat(client.host()).contains(host);
  }

  @Test
  void xForwardedHost_givesClientsHost() {
    var headers =
        headers("Host: inner", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: a.example");
    assertThat(RULES.client(peer(PROXY), headers).host()).contains("a.example");
    headers =
        headers("Host: inner", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: evil, a.example");
    assertThat(RULES.client(peer(PROXY), headers).host()).contains("a.example");
    headers = headers("Host: own", "X-Forwarded-For: 192.0.2.1");
    assertThat(RULES.client(peer(PROXY), headers).host()).contains("own");
  }

  @Test
  void missingScheme_comesFromProxyConnection() {
    var encrypted = new Peer(new InetSocketAddress(InetAddress.ofLiteral(PROXY), 1), true, true);
    assertThat(RULES.client(encrypted, headers("X-Forwarded-For: 192.0.2.1")).secure()).isTrue();
    assertThat(RULES.client(encrypted, headers("X-Forwarded-Proto: http")).secure()).isFalse();
  }

  @Test
  void longList_isReadUpToBound() {
    assertThat(ForwardedHeader.fromTheRight(List.of(",".repeat(8_000)), ','))
        .hasSize(ForwardedHeader.MOST);
    assertThat(ForwardedHeader.fromTheRight(Collections.nCopies(500, "a"), ','))
        .hasSize(ForwardedHeader.MOST);
    assertThat(client(PROXY, "X-Forwarded-For: " + "9.9.9.9, ".repeat(500) + "192.0.2.1"))
        .isEqualTo("192.0.2.1");
  }

  @Test
  void clientHeader_cannotOverrideProxy() {
    var random = new Random(42);
    var parts =
        "for= FOR=\" \" , ; \\ \\\" 10.0.0.1 192.0.2.9 [ ] :: _x unknown proto=https"
            .split(" ", -1);
    for (var i = 0; i < 20_000; i++) {
      var spoofed = new StringBuilder();
      for (var n = random.nextInt(8); n >= 0; n--) {
        spoofed.append(parts[random.nextInt(parts.length)]);
      }
      assertThat(client(PROXY, "Forwarded: " + spoofed + ", for=192.0.2.1"))
          .as(spoofed.toString())
          .isEqualTo("192.0.2.1");
      assertThat(client(PROXY, "X-Forwarded-For: " + spoofed + ", 192.0.2.1"))
          .as(spoofed.toString())
          .isEqualTo("192.0.2.1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0/0", "::/0", "10.0.0.0/0"})
  void of_blockOfAllAddresses_throws(String block) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrustedProxies.of(List.of(AddressBlock.parse(block))))
        .withMessageContaining("trusts everybody");
  }

  private static String client(String peer, String... headers) {
    return text(RULES.client(peer(peer), headers(headers)).address());
  }

  private static Peer peer(String address) {
    var socket = new InetSocketAddress(InetAddress.ofLiteral(address), 0);
    return new Peer(socket, false, RULES.trusts(socket));
  }

  private static HttpHeaders headers(String... lines) {
    var headers = new DefaultHttpHeaders();
    for (var line : lines) {
      var colon = line.indexOf(": ");
      headers.add(line.substring(0, colon), line.substring(colon + 2));
    }
    return headers;
  }

  private static String text(InetSocketAddress address) {
    var host = address.getAddress().getHostAddress();
    return address.getPort() == 0 ? host : host + ":" + address.getPort();
  }
}
