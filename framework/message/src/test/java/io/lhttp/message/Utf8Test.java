package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The UTF-8 check agrees with the JDK's decoder. */
class Utf8Test {
  /** The bytes at which the rules of RFC 3629, section 4, change. */
  private static final int[] BOUNDARIES = {
    0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
    0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff
  };

  /** A byte that continues a character allows one of these bytes at the same place. */
  private static final int[] CONTINUATIONS = {0x80, 0x90, 0xa0};

  private final CharsetDecoder decoder = UTF_8.newDecoder();
  private final CharBuffer decoded = CharBuffer.allocate(1_000);

  @Test
  void twoByteSequences_agreeWithJdk() {
    for (var i = 0; i < 1 << 16; i++) {
      assertLikeTheJdk(new byte[] {(byte) (i >> 8), (byte) i});
    }
  }

  @Test
  void fourByteSequences_ofBoundaryBytes_agreeWithJdk() {
    forEachSequence(4, this::assertLikeTheJdk);
  }

  @Test
  void threeByteSequences_afterAscii_agreeWithJdk() {
    var padded = new byte[12];
    forEachSequence(
        3,
        sequence -> {
          for (var pad = 0; pad <= 9; pad++) {
            Arrays.fill(padded, 0, pad, (byte) 'a');
            System.arraycopy(sequence, 0, padded, pad, 3);
            assertThat(Utf8.valid(padded, 0, pad + 3)).isEqualTo(jdk(padded, 0, pad + 3));
          }
        });
  }

  @Test
  void mutatedText_inFragments_agreesWithJdk() {
    var random = new Random(20260101);
    for (var i = 0; i < 5_000; i++) {
      var bytes = text(random).getBytes(UTF_8);
      for (var mutations = random.nextInt(3); mutations > 0 && bytes.length > 0; mutations--) {
        bytes[random.nextInt(bytes.length)] = (byte) BOUNDARIES[random.nextInt(BOUNDARIES.length)];
      }
      assertLikeTheJdkHoweverSplit(bytes);
    }
  }

  @Test
  void valid_ignoresBytesOutsideRange() {
    var bytes = new byte[] {(byte) 0xff, 'a', (byte) 0xc3, (byte) 0xa9, (byte) 0xff};
    assertThat(Utf8.valid(bytes, 1, 4)).isTrue();
    assertThat(Utf8.valid(bytes, 1, 3)).isFalse();
    assertThat(Utf8.valid(bytes, 2, 2)).isTrue();
  }

  @Test
  void feed_rejectsAtFirstImpossibleByte() {
    forEachSequence(
        3,
        sequence -> {
          for (var length = 1; length <= 3; length++) {
            assertThat(new Utf8().feed(sequence, 0, length))
                .isEqualTo(canBecomeValid(Arrays.copyOf(sequence, length), 3));
          }
        });
  }

  @Test
  void reset_forgetsUnfinishedCharacter() {
    var check = new Utf8();
    assertThat(check.feed(new byte[] {(byte) 0xe2, (byte) 0x82}, 0, 2)).isTrue();
    assertThat(check.complete()).isFalse();
    check.reset();
    assertThat(check.complete()).isTrue();
    assertThat(check.feed(new byte[] {'a'}, 0, 1)).isTrue();
  }

  private void assertLikeTheJdk(byte[] bytes) {
    if (Utf8.valid(bytes, 0, bytes.length) != jdk(bytes, 0, bytes.length)) {
      throw new AssertionError(HexFormat.of().formatHex(bytes));
    }
  }

  /** Checks the bytes as a whole, split in two at every position, and byte by byte. */
  private void assertLikeTheJdkHoweverSplit(byte[] bytes) {
    assertLikeTheJdk(bytes);
    var expected = jdk(bytes, 0, bytes.length);
    for (var at = 0; at <= bytes.length; at++) {
      var check = new Utf8();
      assertThat(
              check.feed(bytes, 0, at) && check.feed(bytes, at, bytes.length) && check.complete())
          .as("split at %d", at)
          .isEqualTo(expected);
    }
    var check = new Utf8();
    var ok = true;
    for (var i = 0; i < bytes.length && ok; i++) {
      ok = check.feed(bytes, i, i + 1);
    }
    assertThat(ok && check.complete()).isEqualTo(expected);
  }

  private boolean canBecomeValid(byte[] bytes, int more) {
    if (jdk(bytes, 0, bytes.length)) {
      return true;
    }
    if (more == 0) {
      return false;
    }
    var longer = Arrays.copyOf(bytes, bytes.length + 1);
    for (var continuation : CONTINUATIONS) {
      longer[bytes.length] = (byte) continuation;
      if (canBecomeValid(longer, more - 1)) {
        return true;
      }
    }
    return false;
  }

  private interface Sequence {
    void take(byte[] bytes);
  }

  private static void forEachSequence(int length, Sequence sequence) {
    var bytes = new byte[length];
    var count = (int) Math.pow(BOUNDARIES.length, length);
    for (var i = 0; i < count; i++) {
      for (int k = 0, rest = i; k < length; k++, rest /= BOUNDARIES.length) {
        bytes[k] = (byte) BOUNDARIES[rest % BOUNDARIES.length];
      }
      sequence.take(bytes);
    }
  }

  private static String text(Random random) {
    var text = new StringBuilder();
    for (var i = random.nextInt(20); i > 0; i--) {
      text.appendCodePoint(
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(0x80);
            case 1 -> 0x80 + random.nextInt(0x780);
            case 2 -> 0xe000 + random.nextInt(0x2000);
            default -> 0x10000 + random.nextInt(0x100000);
          });
    }
    return text.toString();
  }

  private boolean jdk(byte[] bytes, int from, int to) {
    decoder.reset();
    decoded.clear();
    return !decoder.decode(ByteBuffer.wrap(bytes, from, to - from), decoded, true).isError();
  }
}
