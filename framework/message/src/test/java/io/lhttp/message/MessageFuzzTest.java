package io.lhttp.message;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message.Format;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The reader turns random bytes into a consistent message or a refusal, and throws no other
 * exception.
 */
class MessageFuzzTest {
  private static final int MESSAGES = 200_000;
  private static final long SEED = 20260101;

  /** The factor by which the longer cases, which test limits, are mutated less often. */
  private static final int LONG = 1_000;

  private static final Set<Integer> STATUSES = Set.of(400, 413, 431, 505);
  private static final String[] FRAGMENTS = {
    "\r\n",
    "\r",
    "\n",
    "\r\n\r\n",
    "\0",
    ":",
    " ",
    "\t",
    "id:1\r\n",
    "multipart:0 3 \r\n",
    "LHTTP/1.0 ",
    "é",
    "\u00ff"
  };

  /** A reader with limits that are exceeded often. */
  private static final MessageReader TIGHT = new MessageReader(new CodecLimits(2, 16, 2));

  private final Random random = new Random(SEED);
  private final List<byte[]> wires = Vector.wires();
  private int messages;
  private int refusals;
  private int partLists;
  private int partRefusals;

  @Test
  void read_mutatedBytes_givesConsistentMessageOrRefusal() {
    for (var i = 0; i < MESSAGES; i++) {
      var wire = mutated();
      var reader = random.nextInt(4) == 0 ? TIGHT : MessageReader.DEFAULT;
      if (Utf8.valid(wire, 0, wire.length)) {
        check(reader, wire, Format.TEXT);
      }
      check(reader, wire, Format.BINARY);
    }
    // A mutation that only ever produced messages, or only refusals, would test nothing.
    assertThat(messages).isGreaterThan(MESSAGES / 10);
    assertThat(refusals).isGreaterThan(MESSAGES / 10);
    assertThat(partLists).isGreaterThan(MESSAGES / 100);
    assertThat(partRefusals).isGreaterThan(MESSAGES / 100);
  }

  private void check(MessageReader reader, byte[] wire, Format format) {
    try {
      var message = reader.read(wire, format);
      messages++;
      checkConsistent(reader, message);
    } catch (ProtocolException e) {
      refusals++;
      checkRefusal(e, wire.length);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(format + " " + escaped(wire), e);
    }
  }

  private void checkConsistent(MessageReader reader, Message message) {
    var again = reader.read(message.toBuilder().build().toBytes(), message.format());
    require(again.command().equals(message.command()), "command");
    require(again.headers().equals(message.headers()), "headers");
    require(again.body().equals(message.body()), "body");
    require(Arrays.equals(again.bodyBytes(), message.bodyBytes()), "body bytes");
    requireClean(message.command());
    checkHeaders(message.headers());
    checkParts(message);
  }

  private void checkParts(Message message) {
    try {
      for (var part : message.parts()) {
        partLists++;
        checkHeaders(part.headers());
        require(part.bodyBytes().length <= message.bodyLength(), "part's body");
      }
    } catch (ProtocolException e) {
      partRefusals++;
      require(e.status() == 400, "a part is refused with 400");
      checkRefusal(e, message.size());
    }
  }

  private static void checkHeaders(Headers headers) {
    for (var header : headers) {
      require(headers.has(header.name()), "look-up of " + header.name());
      requireClean(header.name());
      requireClean(header.value());
    }
  }

  /**
   * Requires that there is no U+FFFD: no case has it, so it would show that the reader accepted
   * bytes that are not UTF-8.
   */
  private static void requireClean(String text) {
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      require((c >= ' ' || c == '\t') && c != 0x7f && c != '\uFFFD', "character " + (int) c);
    }
  }

  private static void checkRefusal(ProtocolException e, int length) {
    require(STATUSES.contains(e.status()), "status " + e.status());
    require(e.offset() >= 0 && e.offset() <= length, "offset " + e.offset() + " of " + length);
    require(!e.reason().isEmpty() && e.reason().indexOf('\n') < 0, "reason");
  }

  private static void require(boolean ok, String what) {
    if (!ok) {
      throw new AssertionError(what);
    }
  }

  private byte[] mutated() {
    var wire = any();
    for (var i = random.nextInt(4); i >= 0; i--) {
      wire = mutate(wire);
    }
    return wire;
  }

  private byte[] mutate(byte[] wire) {
    var at = random.nextInt(wire.length + 1);
    var to = Math.min(wire.length, at + 1 + random.nextInt(8));
    return switch (random.nextInt(8)) {
      case 0 -> flipped(wire);
      case 1 -> spliced(wire, at, new byte[] {(byte) random.nextInt(256)}, at);
      case 2 -> spliced(wire, at, new byte[0], to);
      case 3, 4 ->
          spliced(wire, at, FRAGMENTS[random.nextInt(FRAGMENTS.length)].getBytes(ISO_8859_1), at);
      case 5 -> Arrays.copyOf(wire, at);
      case 6 -> spliced(wire, at, wire, at);
      default -> {
        var other = any();
        yield spliced(
            wire,
            at,
            Arrays.copyOfRange(other, random.nextInt(other.length + 1), other.length),
            wire.length);
      }
    };
  }

  private byte[] any() {
    var wire = wires.get(random.nextInt(wires.size()));
    return wire.length < LONG || random.nextInt(LONG / 10) == 0 ? wire : any();
  }

  private byte[] flipped(byte[] wire) {
    if (wire.length == 0) {
      return wire;
    }
    var copy = wire.clone();
    copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(8));
    return copy;
  }

  /**
   * Returns the bytes before {@code from}, then {@code between}, then the bytes from {@code to} on.
   */
  private static byte[] spliced(byte[] wire, int from, byte[] between, int to) {
    var result = Arrays.copyOf(wire, from + between.length + wire.length - to);
    System.arraycopy(between, 0, result, from, between.length);
    System.arraycopy(wire, to, result, from + between.length, wire.length - to);
    return result;
  }

  private static String escaped(byte[] wire) {
    var text = new StringBuilder();
    for (var b : wire) {
      text.append(b >= 0x20 && b < 0x7f ? String.valueOf((char) b) : "\\x%02x".formatted(b & 0xff));
    }
    return text.toString();
  }
}
