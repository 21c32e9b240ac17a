package io.lhttp.server;

import static io.lhttp.server.RawClient.handshake;
import static io.lhttp.server.RawClient.publish;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server is asked as {@code test}; see {@link RawClient#handshake}. */
class OriginsTest {
  private static final String MESSAGE = "LHTTP/1.0 echo\r\npublish:news\r\n\r\nhello";

  @Test
  void withoutAnOrigin_itIsNoBrowser_andMay() throws IOException {
    for (var origins : List.of(Origins.same(), Origins.only(List.of()), Origins.localhost())) {
      assertThat(upgrade(origins)).isEqualTo(101);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://test", "https://test"})
  void ownPages_may(String origin) throws IOException {
    assertThat(upgrade(Origins.same(), "Origin: " + origin)).isEqualTo(101);
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
        "http://test:80",
        "http://TEST",
        "HTTP://test",
        "http://test/",
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
  void foreignPages_mayNot(String origin) throws IOException {
    for (var origins : List.of(Origins.same(), Origins.only(List.of("https://app.example")))) {
      assertThat(upgrade(origins, "Origin: " + origin)).isEqualTo(403);
      assertThat(publication(origins, "Origin: " + origin)).isEqualTo(403);
    }
  }

  @Test
  void twoOrigins_areNone() throws IOException {
    assertThat(upgrade(Origins.same(), "Origin: http://test", "Origin: http://test"))
        .isEqualTo(403);
    assertThat(publication(Origins.same(), "Origin: http://test", "Origin: http://test"))
        .isEqualTo(403);
  }

  @Test
  void listedPages_may_andOwnOnesMayNot() throws IOException {
    var listed = Origins.only(List.of("https://app.example", "http://app.example:8080"));
    assertThat(upgrade(listed, "Origin: https://app.example")).isEqualTo(101);
    assertThat(upgrade(listed, "Origin: http://app.example:8080")).isEqualTo(101);
    assertThat(upgrade(listed, "Origin: http://app.example")).isEqualTo(403);
    assertThat(upgrade(listed, "Origin: https://app.example:8080")).isEqualTo(403);
    assertThat(upgrade(listed, "Origin: https://APP.example")).isEqualTo(403);
    assertThat(upgrade(listed, "Origin: https://app.example.evil")).isEqualTo(403);
    assertThat(upgrade(listed, "Origin: http://test")).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost",
        "https://localhost:3000",
        "http://127.0.0.1:5173",
        "http://[::1]:5173",
        "http://[::1]",
      })
  void pagesOfThisMachine_may_inDevelopment(String origin) throws IOException {
    assertThat(upgrade(Origins.localhost(), "Origin: " + origin)).isEqualTo(101);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "http://test",
        "http://LOCALHOST",
        "http://localhost.evil",
        "http://evil.localhost",
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
  void pagesOfOtherMachines_mayNot_inDevelopment(String origin) throws IOException {
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
        var client = RawClient.connect(server)) {
      return client.send(request).answer().status();
    }
  }
}
