package io.lhttp.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.message.Message.Format;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reader handles the protocol's test vectors as expected, in text and in binary frames. */
class VectorsTest {
  @Test
  void vectorFiles_holdAllCases() {
    assertThat(Vector.messages()).hasSize(40).filteredOn(v -> v.status() != null).hasSize(25);
    assertThat(Vector.multipart()).hasSize(13).filteredOn(v -> v.status() != null).hasSize(7);
  }

  @ParameterizedTest
  @MethodSource("io.lhttp.message.Vector#messages")
  void message_isReadAsItsVectorSays(Vector vector) {
    for (var format : Format.values()) {
      if (vector.status() != null) {
        assertRefused(vector.status(), () -> read(vector, format));
        continue;
      }
      var message = read(vector, format);
      assertThat(message.command()).isEqualTo(vector.command());
      assertThat(pairs(message.headers())).isEqualTo(vector.headers());
      assertThat(message.body()).isEqualTo(vector.body());
      assertThat(message.format()).isEqualTo(format);
    }
  }

  @ParameterizedTest
  @MethodSource("io.lhttp.message.Vector#multipart")
  void body_isSplitAsItsVectorSays(Vector vector) {
    for (var format : Format.values()) {
      var message = read(vector, format);
      if (vector.status() != null) {
        assertRefused(vector.status(), message::parts);
        continue;
      }
      var parts = message.parts();
      var expected = Objects.requireNonNull(vector.parts());
      assertThat(parts).hasSameSizeAs(expected);
      for (var i = 0; i < parts.size(); i++) {
        assertThat(pairs(parts.get(i).headers())).isEqualTo(expected.get(i).headers());
        assertThat(parts.get(i).body()).isEqualTo(expected.get(i).body());
      }
    }
  }

  private static Message read(Vector vector, Format format) {
    return MessageReader.DEFAULT.read(vector.bytes(), format);
  }

  private static void assertRefused(int status, ThrowingCallable reading) {
    assertThatThrownBy(reading)
        .asInstanceOf(type(ProtocolException.class))
        .extracting(ProtocolException::status)
        .isEqualTo(status);
  }

  private static List<List<String>> pairs(Headers headers) {
    return headers.stream().map(header -> List.of(header.name(), header.value())).toList();
  }
}
