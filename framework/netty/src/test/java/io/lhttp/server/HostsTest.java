package io.lhttp.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.fixture.RawClient;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The server answers only requests for host names that it allows. */
class HostsTest {
  private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();
  private static final InetAddress LAN = InetAddress.ofLiteral("192.0.2.77");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "localhost:8081",
        "LocalHost:1",
        "localhost.",
        "app.localhost",
        "a.b.localhost:3000",
        "127.0.0.1",
        "127.0.0.1:8081",
        "127.255.0.9",
        "[::1]",
        "[::1]:8081",
        "[0:0:0:0:0:0:0:1]:80",
        "[::ffff:127.0.0.1]",
        "192.0.2.77:8081",
      })
  void machine_namesOfThisMachine_areAllowed(String host) {
    assertThat(Hosts.machine().check().allow(Optional.of(host), LAN, false)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "evil.example",
        "evil.example:8081",
        "localhost.evil.example",
        "evil-localhost",
        "localhostx",
        ".localhost@evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1.nip.io",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "192.0.2.78",
        "203.0.113.1:8081",
        "[2001:db8::1]",
        "[::1",
        "::1",
        "localhost:",
        "localhost:99999",
        "localhost:80:80",
        "localhost,evil.example",
        "localhost/",
        "http://localhost",
        "user@localhost",
        "l\u00f6calhost",
      })
  void machine_otherNames_areRefused(String host) {
    assertThat(Hosts.machine().check().allow(Optional.of(host), LAN, false)).isFalse();
    assertThat(Hosts.machine().check().allow(Optional.of(host), LAN, true)).as("a probe").isFalse();
  }

  @Test
  void machine_allowsInterfacesAndHostname() throws IOException {
    var addresses =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .map(address -> address.getHostAddress().replaceFirst("%.*", ""))
            .map(address -> address.contains(":") ? "[" + address + "]" : address);
    var name = Path.of("/proc/sys/kernel/hostname");
    var names =
        Files.exists(name) ? Stream.of(Files.readString(name).strip()) : Stream.<String>of();
    assertThat(Stream.concat(addresses, names))
        .isNotEmpty()
        .allMatch(host -> Hosts.machine().check().allow(Optional.of(host + ":8081"), LOCAL, false));
  }

  @Test
  void noHost_isRefusedUnlessAnyIsAllowed() {
    assertThat(Hosts.machine().check().allow(Optional.empty(), LOCAL, false)).isFalse();
    assertThat(listed("a.example").check().allow(Optional.empty(), LOCAL, false)).isFalse();
    assertThat(Hosts.any().check().allow(Optional.empty(), LOCAL, false)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "a.example, a.example, true",
    "a.example, A.EXAMPLE:8443, true",
    "A.Example., a.example, true",
    "a.example, a.example., true",
    "a.example, b.a.example, false",
    "a.example, aa.example, false",
    "a.example:8443, a.example:8443, true",
    "a.example:8443, a.example, false",
    "a.example:8443, a.example:443, false",
    "*.a.example, b.a.example, true",
    "*.a.example, c.b.a.example:80, true",
    "*.a.example, a.example, false",
    "*.a.example, .a.example, false",
    "*.a.example, evila.example, false",
    "203.0.113.5, 203.0.113.5:80, true",
    "[2001:db8::1], [2001:DB8:0::1]:80, true",
    "b\u00fccher.example, xn--bcher-kva.example, true",
    "a.example, localhost, false",
  })
  void listedHosts_matchNamePortAndWildcard(String rule, String host, boolean taken) {
    assertThat(listed(rule).check().allow(Optional.of(host), LOCAL, false)).isEqualTo(taken);
  }

  @Test
  void probe_byAddress_isAllowed() {
    var hosts = listed("a.example");
    assertThat(hosts.check().allow(Optional.of("10.1.2.3:8081"), LOCAL, true)).isTrue();
    assertThat(hosts.check().allow(Optional.of("10.1.2.3:8081"), LOCAL, false)).isFalse();
    assertThat(hosts.check().allow(Optional.of("evil.example"), LOCAL, true)).isFalse();
    assertThat(hosts.check().allow(Optional.empty(), LOCAL, true)).as("HTTP/1.0").isTrue();
    assertThat(Hosts.machine().check().allow(Optional.empty(), LOCAL, true)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "*.",
        "*.*.a",
        "a.*",
        "https://a",
        "a/b",
        "a:b",
        "a:0",
        "*.1.2.3.4",
        "a b"
      })
  void parse_malformedHost_throws(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HostRule.parse(text))
        .withMessageStartingWith("a host such as example.com");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gr\u00fc\u00dfe.example | in ASCII: xn--",
        "a\u200cb.example:8443 | in ASCII: xn--",
        "a..b | 1 to 63 characters between two dots",
        "*.a..b | 1 to 63 characters between two dots",
        ".example.com:8443 | *.example.com:8443 for all names below it",
      })
  void parse_nameThatNoBrowserSends_throws(String text, String expected) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HostRule.parse(text))
        .withMessageContaining(expected);
  }

  @Test
  void otherHost_isAnsweredWith421() throws IOException {
    try (var server = Servers.start(builder -> builder.hosts(Hosts.machine()));
        var client = RawClient.connect(server.port())) {
      for (var start : List.of("GET /", "GET /livez", "GET /publish", "POST /publish")) {
        client.send(RawClient.request(start, "Host: evil.example:" + server.port()));
        assertThat(client.answer().status()).as(start).isEqualTo(421);
      }
      client.send(RawClient.handshake("/").replace("Host: test", "Host: evil.example"));
      assertThat(client.answer().status()).isEqualTo(421);
      client.send(RawClient.request("GET /livez", "Host: localhost:" + server.port()));
      assertThat(client.answer().status()).isEqualTo(200);
    }
  }

  @Test
  void hostInTarget_replacesHeader() throws IOException {
    try (var server = Servers.start(builder -> builder.hosts(listed("example.com")));
        var client = RawClient.connect(server.port())) {
      client.send(RawClient.request("GET http://evil.example/", "Host: example.com"));
      assertThat(client.answer().status()).isEqualTo(421);
      client.send(RawClient.request("GET http://example.com/livez", "Host: evil.example"));
      assertThat(client.answer().status()).isEqualTo(200);
    }
  }

  private static Hosts listed(String rule) {
    return Hosts.only(List.of(HostRule.parse(rule)));
  }
}
