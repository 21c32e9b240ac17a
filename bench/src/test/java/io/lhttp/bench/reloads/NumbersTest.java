package io.lhttp.bench.reloads;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Publications are found by their numbers, and missing ones are counted. */
class NumbersTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 9, 10, 11, 1000})
  void count_partsCutAnywhere_findsEachNumber(int step) {
    var found = new ArrayList<Long>();
    var numbers = new Numbers(found::add);
    var text = "LHTTP/1.0 chat\r\n\r\n" + Numbers.text(7) + "x" + Numbers.text(123_456_789);
    var bytes = Unpooled.copiedBuffer(text, US_ASCII);
    var count = 0;
    while (bytes.isReadable()) {
      count += numbers.count(bytes.readSlice(Math.min(step, bytes.readableBytes())));
    }
    assertThat(found).isEqualTo(List.of(7L, 123_456_789L));
    assertThat(count).isEqualTo(2);
  }

  @Test
  void lost_gapAndMissingEnd_countsBoth() {
    var received = received(10, 11, 14);
    assertThat(received.lost(16)).isEqualTo(4);
    assertThat(received.doubled()).isZero();
  }

  @Test
  void lost_repeatedPublication_countsAsDoubled() {
    var received = received(10, 11, 11, 12);
    assertThat(received.lost(12)).isZero();
    assertThat(received.doubled()).isEqualTo(1);
  }

  @Test
  void lost_beforeTheFirst_none() {
    assertThat(new Received().isSubscribed()).isFalse();
    assertThat(new Received().lost(9)).isZero();
  }

  private static Received received(long... numbers) {
    var received = new Received();
    for (var number : numbers) {
      received.add(number);
    }
    return received;
  }
}
