package io.lhttp.filters.multipart;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.message.Part;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestChain;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The filter {@code multipart} splits a message's body into parts and refuses malformed offsets.
 */
class MultipartFilterTest {
  private static final String TWO_PARTS = "k1:v1\r\n\r\nbody1k2:v2\r\n\r\nbody2";

  private final List<Message> processed = new ArrayList<>();
  private final TestChain chain =
      TestChain.builder()
          .filter("multipart", new MultipartFilter())
          .processor("upload", exchange -> processed.add(exchange.request()))
          .build();

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .filter("multipart", new MultipartFilter())
              .processor(
                  "upload",
                  exchange -> {
                    var parts = exchange.request().parts();
                    exchange.reply().header("parts", Integer.toString(parts.size())).send();
                    for (var part : parts) {
                      exchange
                          .reply()
                          .header("k", part.header("k").orElse(""))
                          .body(part.body())
                          .send();
                    }
                  }));

  @Test
  void offsets_splitBodyIntoParts() {
    send("0 14", TWO_PARTS);

    var parts = processed.getFirst().parts();
    assertThat(parts).extracting(Part::body).containsExactly("body1", "body2");
    assertThat(parts.getFirst().header("K1")).contains("v1");
    assertThat(parts.getLast().header("k2")).contains("v2");
  }

  @Test
  void message_withoutHeader_hasNoParts() {
    chain.send(chain.connect("c"), Message.of("upload", "whatever"));

    assertThat(processed.getFirst().parts()).isEmpty();
  }

  @Test
  void parts_areReadOnlyViewsOfBody() {
    send("0 14", TWO_PARTS);

    var message = processed.getFirst();
    var seen = new ArrayList<byte[]>();
    message.writeTo((bytes, offset, length) -> seen.add(bytes));
    assertThat(message.parts()).isSameAs(message.parts());
    assertThat(message.parts().getLast().bodyBuffer().isReadOnly()).isTrue();
    assertThat(message.parts().getLast().bodyBuffer())
        .isEqualTo(ByteBuffer.wrap(seen.getFirst(), message.size() - 5, 5));
  }

  @Test
  void offsets_countBytesOfAnyValue() {
    byte[] body = "t:ext\r\n\r\nänd".getBytes(UTF_8);
    var offset = body.length;
    var more = new byte[] {'\r', '\n', (byte) 0xff, 0, (byte) 0xfe};
    var both = ByteBuffer.allocate(offset + more.length).put(body).put(more).array();

    chain.send(
        chain.connect("c"),
        Message.builder("upload").header("multipart", "0 " + offset).body(both).build());

    var parts = processed.getFirst().parts();
    assertThat(parts.getFirst().body()).isEqualTo("änd");
    assertThat(parts.getLast().headers()).isEmpty();
    assertThat(parts.getLast().bodyBytes()).containsExactly(0xff, 0, 0xfe);
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "' '",
    "x",
    "-1",
    "0 -1",
    "+0",
    "0x0",
    "14 0",
    "0 0",
    "0 28",
    "0 999999999",
    "0 9999999999",
    "0 99999999999999999999",
    "0.5",
    "0\u00a014",
    "٠",
    "3",
    "0 3"
  })
  void malformedOffsets_areRefusedBeforeProcessor(String offsets) {
    var result = send(offsets, TWO_PARTS);

    assertThat(result.outcome())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> {
              assertThat(refused.status()).isEqualTo(400);
              assertThat(refused.reason()).startsWith("multipart: ");
              assertThat(refused.retryAfter()).isEqualTo(Optional.empty());
            });
    assertThat(result.replies())
        .singleElement()
        .satisfies(reply -> assertThat(reply.body()).isEmpty());
    assertThat(processed).isEmpty();
  }

  @Test
  void moreThan64Parts_areRefused() {
    var offsets = new StringBuilder("0");
    for (var i = 1; i <= 64; i++) {
      offsets.append(' ').append(2 * i);
    }

    var result = send(offsets.toString(), "\r\n".repeat(70));

    assertThat(result.outcome()).isInstanceOf(Outcome.Refused.class);
    assertThat(processed).isEmpty();
  }

  @Test
  void mayBlock_isFalse() {
    assertThat(new MultipartFilter().mayBlock(Message.of("upload", ""))).isFalse();
  }

  @Test
  void partsOverSocket_reachProcessor() {
    var client = server.connect();

    client.send(
        Message.builder("upload")
            .header("multipart", "0 10")
            .header("id", "7")
            .body("k:1\r\n\r\nonek:2\r\n\r\ntwo")
            .build());

    assertThat(client.receive().header("parts")).contains("2");
    var parts = client.receive(2);
    assertThat(parts).extracting(Message::body).containsExactly("one", "two");
    assertThat(parts)
        .extracting(part -> part.header("k").orElse(""), part -> part.header("id").orElse(""))
        .containsExactly(tuple("1", "7"), tuple("2", "7"));
  }

  @Test
  void refusalOverSocket_namesReason() {
    var reply =
        server
            .connect()
            .request(
                Message.builder("upload").header("multipart", "5 1").body("k:1\r\n\r\n").build());

    assertThat(reply.header("status")).contains("400");
    assertThat(reply.header("error").orElse("")).contains("multipart");
    assertThat(reply.body()).isEmpty();
  }

  private TestChain.Result send(String offsets, String body) {
    var wire = "LHTTP/1.0 upload\r\nmultipart:" + offsets + "\r\n\r\n" + body;
    return chain.send(
        chain.connect("c"), MessageReader.DEFAULT.read(wire.getBytes(UTF_8), Message.Format.TEXT));
  }
}
