package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A handshake gives its path, query and headers, and never changes. */
class HandshakeTest {
  private static final InetSocketAddress REMOTE = InetSocketAddress.createUnresolved("client", 1);

  @ParameterizedTest
  @CsvSource({
    "/,              /,       ''",
    "/chat?,         /chat,   ''",
    "/chat?a=b&c,    /chat,   a=b&c",
    "/a%3Fb?c?d,     /a%3Fb,  c?d",
    "?x,             '',      x",
  })
  void uri_isSplitIntoEncodedPathAndQuery(String uri, String path, String query) {
    var handshake = new Handshake(REMOTE, uri, Map.of());
    assertThat(handshake.path()).isEqualTo(path);
    assertThat(handshake.query()).isEqualTo(query);
  }

  @Test
  void header_severalValues_returnsFirst() {
    var handshake =
        new Handshake(REMOTE, "/", Map.of("cookie", List.of("a=1", "b=2"), "empty", List.of()));
    assertThat(handshake.header("cookie")).contains("a=1");
    assertThat(handshake.header("empty")).isEmpty();
    assertThat(handshake.header("origin")).isEmpty();
  }

  @Test
  void headers_areCopiedAndUnmodifiable() {
    var cookies = new ArrayList<>(List.of("a=1"));
    var headers = new HashMap<>(Map.of("cookie", (List<String>) cookies));
    var handshake = new Handshake(REMOTE, "/", headers);
    cookies.set(0, "a=2");
    headers.clear();
    assertThat(handshake.headers()).isEqualTo(Map.of("cookie", List.of("a=1")));
    assertThatThrownBy(() -> handshake.headers().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(() -> handshake.headers().values().forEach(List::clear))
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
