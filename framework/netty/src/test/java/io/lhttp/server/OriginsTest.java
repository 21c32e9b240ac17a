package io.lhttp.server;

import static io.lhttp.fixture.RawClient.handshake;
import static io.lhttp.fixture.RawClient.publish;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.fixture.RawClient;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The server accepts its own and listed origins, and refuses foreign ones; its name is {@code
 * test}.
 */
class OriginsTest {
  private static final String MESSAGE = "LHTTP/1.0 echo\r\npublish:news\r\n\r\nhello";

  @Test
  void noOrigin_isAllowed() throws IOException {
    for (var origins : List.of(Origins.same(), Origins.listed(List.of()), Origins.localhost())) {
      assertThat(upgrade(origins)).isEqualTo(101);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://test",
        "https://test",
        "http://test/",
        "http://TEST",
        "HTTPS://Test/",
        "http://test:80",
        "https://test:443"
      })
  void ownOrigin_isAllowed(String origin) throws IOException {
    assertThat(upgrade(Origins.same(), "Origin: " + origin)).isEqualTo(101);
    assertThat(upgrade(Origins.listed(List.of("https://a.example")), "Origin: " + origin))
        .isEqualTo(101);
    assertThat(publication(Origins.same(), "Origin: " + origin)).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "",
        "test",
        "*",
        "http://",
        "http://evil",
        "http://test.evil",
        "http://eviltest",
        "http://evil.test",
        "http://test:81",
        "http://test:443",
        "https://test:80",
        "http://test//",
        "http://test/.",
        "http://test:0",
        "http://test:080000",
        "http://test.",
        "http://test@evil",
        "http://evil@test",
        "http://test\\.evil",
        "http://test#",
        "http://test?",
        "http://test http://test",
        "http://test, http://test",
        "ftp://test",
        "chrome-extension://test",
        "file://",
      })
  void foreignOrigin_isRefused(String origin) throws IOException {
    for (var origins : List.of(Origins.same(), Origins.listed(List.of("https://app.example")))) {
      assertThat(upgrade(origins, "Origin: " + origin)).isEqualTo(403);
      assertThat(publication(origins, "Origin: " + origin)).isEqualTo(403);
    }
  }

  @Test
  void ownOrigin_withFinalDot_isAllowed() throws IOException {
    var request = handshake("/", "Origin: http://test.").replace("Host: test", "Host: test.");

    assertThat(ask(Origins.same(), request)).isEqualTo(101);
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost/, 101",
    "https://localhost/, 101",
    "http://LOCALHOST:8080/, 101",
    "http://127.0.0.1/, 101",
    "http://[::1]:8081/, 101",
    "http://localhost, 403", // a page of another server on this machine
    "http://localhost:8080, 403",
    "http://localhost//, 403",
    "http://localhost/x, 403",
    "http://localhost./, 403",
    "http://localhost.evil/, 403",
    "http://evil/, 403",
    "ws://localhost/, 403",
  })
  void originOfLibrary_withFinalSlash_isNoPage(String origin, int status) throws IOException {
    for (var origins : List.of(Origins.same(), Origins.listed(List.of("https://app.example")))) {
      assertThat(upgrade(origins, "Origin: " + origin)).isEqualTo(status);
    }
  }

  @Test
  void twoOrigins_areRefused() throws IOException {
    assertThat(upgrade(Origins.same(), "Origin: http://test", "Origin: http://test"))
        .isEqualTo(403);
    assertThat(publication(Origins.same(), "Origin: http://test", "Origin: http://test"))
        .isEqualTo(403);
  }

  @ParameterizedTest
  @CsvSource({
    "https://app.example, 101",
    "https://app.example/, 101",
    "https://APP.example:443, 101",
    "http://app.example:8080, 101",
    "http://app.example, 403",
    "https://app.example:8080, 403",
    "https://app.example.evil, 403",
    "capacitor://localhost, 101",
    "tauri://localhost, 101",
    "capacitor://localhost:1, 403",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop, 101",
    "chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba, 403",
    "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc, 101",
    "https://a.wide.example, 101",
    "https://a.b.wide.example, 101",
    "https://wide.example, 403",
    "https://evilwide.example, 403",
    "http://a.wide.example, 403",
    "https://*.wide.example, 403",
    "https://xn--bcher-kva.example, 101",
  })
  void listedOrigins_decideStatus(String origin, int status) throws IOException {
    var listed =
        Origins.listed(
            List.of(
                "https://App.Example:443/",
                "http://app.example:8080",
                "capacitor://localhost",
                "tauri://localhost",
                "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
                "moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc",
                "https://*.wide.example",
                "https://b\u00fccher.example"));
    assertThat(upgrade(listed, "Origin: " + origin)).isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* | pages of any origin can't be allowed",
        "null | null is what any page can send",
        "example.com | with its scheme",
        "https://example.com/app | without a path: https://example.com",
        "https://example.com/?a | without a path: https://example.com",
        "https://ex*.com | https://*.example.com for the hosts below it",
        "https://example.com:* | https://*.example.com for the hosts below it",
        "https://*.com | a domain of two names or more",
        "https://*.1.2.3.4 | a domain of two names or more",
        "wss://example.com | not of the socket: https://example.com",
        "https://user@example.com | such as https://example.com",
        "https:// | such as https://example.com",
        "https://example.com:99999 | such as https://example.com",
        "http://127.1 | such as https://example.com",
        "http://0x7f.1 | such as https://example.com",
        "http://[::1 | such as https://example.com",
        "https://gr\u00fc\u00dfe.example | in ASCII: xn--",
        "https://GR\u00dc\u1e9eE.example | in ASCII: xn--",
        "https://\u03b2\u03cc\u03bb\u03bf\u03c2.example | in ASCII: xn--",
        "https://a\u200db.example | in ASCII: xn--",
        "https://\ud83d\udca9.example | in ASCII: xn--",
        "https://example.com. | without its final dot: https://example.com",
        "https://example.com.:8443 | without its final dot: https://example.com:8443",
        "https://.example.com | https://*.example.com for all names below it",
        "https://a..b | 1 to 63 characters between two dots",
        "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b | 1 to 63 characters",
        "htps://example.com | the scheme https: https://example.com",
        "httsp://*.example.com:8443 | the scheme https: https://*.example.com:8443",
        "htp://example.com | the scheme http: http://example.com",
        "httpss://example.com | the scheme https: https://example.com",
        "ftp://example.com | pages of ftp: have none, and browsers send null",
        "file://localhost | pages of file: have none",
        "DATA://x | pages of data: have none",
        "about://x | pages of about: have none",
      })
  void only_originNoBrowserSends_throws(String rule, String expected) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Origins.listed(List.of(rule)))
        .withMessageContaining(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost",
        "https://localhost:3000",
        "http://127.0.0.1:5173",
        "http://[::1]:5173",
        "http://[::1]",
        "http://localhost/",
        "http://LOCALHOST",
        "http://app.localhost:3000",
        "http://127.0.0.2",
        "http://[0:0:0:0:0:0:0:1]",
      })
  void development_originOfThisMachine_isAllowed(String origin) throws IOException {
    assertThat(upgrade(Origins.localhost(), "Origin: " + origin)).isEqualTo(101);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "http://evil",
        "http://localhost.evil",
        "http://evil-localhost",
        "http://localhost//",
        "http://0x7f000001",
        "http://localhost:",
        "http://localhost:80a",
        "http://localhost:80:80",
        "http://localhost:@evil",
        "http://127.0.0.1.evil",
        "http://127.1",
        "http://[::1].evil",
        "http://[::1",
        "file://localhost",
      })
  void development_originOfOtherMachine_isRefused(String origin) throws IOException {
    assertThat(upgrade(Origins.localhost(), "Origin: " + origin)).isEqualTo(403);
  }

  private static int upgrade(Origins origins, String... headers) throws IOException {
    return ask(origins, handshake("/", headers));
  }

  private static int publication(Origins origins, String... headers) throws IOException {
    return ask(origins, publish(MESSAGE, headers));
  }

  private static int ask(Origins origins, String request) throws IOException {
    try (var server = Servers.start(builder -> builder.origins(origins));
        var client = RawClient.connect(server.port())) {
      return client.send(request).answer().status();
    }
  }
}
