package io.lhttp.channel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.CodecLimits;
import io.lhttp.message.Message;
import io.lhttp.message.Message.Format;
import io.lhttp.message.MessageReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server removes reserved headers from a publication and adds its own to the delivery. */
class PublicationsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "authorization:Bearer secret",
        "AUTHORIZATION:secret",
        "Proxy-Authorization:Basic secret",
        "cookie:a=secret",
        "Set-Cookie:a=secret",
        "X-API-Key:secret",
        "presence-session:secret",
        "Presence-Session:secret",
        "id:7",
        "iD:7",
        "ack:true",
        "upstream:POST http://inside/",
        "presence-events:true",
        "trace:true",
        "Trace:generation=7 auth=passed,12us",
        "token-expires:1",
        "subscribed:news",
        "Token-Expires:1",
        "missed:999999999",
        "MISSED:1",
        "recovered:false",
        "Unsubscribed:a",
        "position:e-1",
        "Position:e-99999999999999999999",
        "channel:other",
        "Channel:a"
      })
  void reservedHeader_isLeftOut(String header) {
    var name = header.substring(0, header.indexOf(':'));
    var forged =
        Message.builder("chat")
            .header("k", "v")
            .header(name, header.substring(name.length() + 1))
            .header("publish", "a")
            .body("hello")
            .build();
    var honest = Message.builder("chat").header("k", "v").header("publish", "a").body("hello");

    assertThat(Publications.stripped(forged)).isEqualTo(honest.build());
    assertThat(Publications.delivery(forged, "a")).isEqualTo(honest.header("channel", "a").build());
  }

  @Test
  void reservedHeader_twice_isLeftOutTwice() {
    var forged =
        Message.builder("chat").header("missed", "1").header("k", "v").header("Missed", "2");

    assertThat(Publications.stripped(forged.build()))
        .isEqualTo(Message.builder("chat").header("k", "v").build());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status",
        "error",
        "retry-after",
        "count",
        "message-id",
        "multipart",
        "publish",
        "since",
        "last",
        "complete",
        "from",
        "subscribe",
        "unsubscribe"
      })
  void applicationHeader_isKept(String name) {
    var message = Message.builder("chat").header(name, "1").build();

    assertThat(Publications.stripped(message)).isSameAs(message);
    assertThat(Publications.delivery(message, "a")).isEqualTo(message.with("channel", "a"));
  }

  @Test
  void delivery_keepsAllOtherBytes() {
    var wire = "LHTTP/1.0 chat\r\nk: \t v \r\nK:2\r\npublish:\u00e4 b\r\n";
    var message = new MessageReader(CodecLimits.DEFAULT).read(wire.getBytes(UTF_8), Format.TEXT);

    var delivery = Publications.delivery(message, "\u00e4", new Position("e", 7));

    assertThat(new String(delivery.toBytes(), UTF_8))
        .isEqualTo(wire + "channel:\u00e4\r\nposition:e-7\r\n");
    assertThat(delivery.header("position")).contains("e-7");
    assertThat(delivery.headers().words("publish")).containsExactly("\u00e4", "b");
  }

  @Test
  void delivery_ofBinaryMessage_isBinary() {
    var body = new byte[] {1, 0, (byte) 0xff, '\r', '\n'};
    var delivery =
        Publications.delivery(
            Message.builder("chat").header("id", "7").header("k", "v").body(body).build(), "a");

    assertThat(delivery.format()).isEqualTo(Format.BINARY);
    assertThat(delivery.bodyBytes()).isEqualTo(body);
    assertThat(delivery.header("channel")).contains("a");
  }

  @Test
  void delivery_commandOfPresenceMessage_keepsPublishHeader() {
    var lookAlike = Message.builder("presence").header("count", "0").body("{}").build();

    assertThat(Publications.delivery(lookAlike, "a").header("publish")).contains("a");
  }
}
