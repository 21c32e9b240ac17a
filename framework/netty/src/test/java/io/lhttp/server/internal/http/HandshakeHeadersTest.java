package io.lhttp.server.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Handshake;
import io.lhttp.server.internal.address.Client;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The headers that the server keeps of each handshake. */
class HandshakeHeadersTest {
  @Test
  void usualHeaders_ofTwoHandshakes_shareTheirNames() {
    var first = handshake("HOST", "User-Agent", "X-Forwarded-For", "X-Own");
    var second = handshake("Host", "USER-AGENT", "x-Forwarded-For");

    assertThat(first.headers()).containsOnlyKeys("host", "user-agent", "x-forwarded-for", "x-own");
    assertThat(second.headers().keySet())
        .hasSize(3)
        .allSatisfy(name ->
            assertThat(first.headers().keySet()).anySatisfy(n -> assertThat(n).isSameAs(name)));
  }

  @Test
  void headersOfTheHandshakeItself_areLeftOut() {
    var kept = handshake("Upgrade", "Sec-WebSocket-Key", "Cookie", "Cookie");

    assertThat(kept.headers()).containsOnlyKeys("cookie");
    assertThat(kept.headers()).containsEntry("cookie", List.of("value 2", "value 3"));
  }

  private static Handshake handshake(String... names) {
    var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    for (var i = 0; i < names.length; i++) {
      request.headers().add(names[i], "value " + i);
    }
    var address = InetSocketAddress.createUnresolved("client.test", 1);
    return Upgrade.handshake(request, new Client(address, false, Optional.empty()));
  }
}
