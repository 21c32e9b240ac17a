package io.lhttp.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Checks UTF-8 incrementally, as the fragments of a message arrive. Refuses overlong forms,
 * surrogates and code points above U+10FFFF (RFC 3629, section 4). Checks ASCII eight bytes at a
 * time. Not thread-safe.
 */
public final class Utf8 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long NON_ASCII = 0x8080808080808080L;

  /** The state after a byte that can begin no character. */
  private static final int REFUSED = -1;

  /**
   * The state after each first byte of a character; 0x80 to 0xc1 and 0xf5 to 0xff begin no
   * character.
   */
  private static final int[] BEHIND = new int[256];

  static {
    Arrays.fill(BEHIND, REFUSED);
    Arrays.fill(BEHIND, 0x00, 0x80, 0);
    lead(0xc2, 0xdf, 1, 0x80, 0xbf);
    lead(0xe0, 0xe0, 2, 0xa0, 0xbf);
    lead(0xe1, 0xec, 2, 0x80, 0xbf);
    lead(0xed, 0xed, 2, 0x80, 0x9f);
    lead(0xee, 0xef, 2, 0x80, 0xbf);
    lead(0xf0, 0xf0, 3, 0x90, 0xbf);
    lead(0xf1, 0xf3, 3, 0x80, 0xbf);
    lead(0xf4, 0xf4, 3, 0x80, 0x8f);
  }

  /**
   * 0 between two characters; within a character, the expected bytes as {@link #following} encodes
   * them.
   */
  private int state;

  /** Whether this range of bytes is well-formed. */
  public static boolean valid(byte[] bytes, int from, int to) {
    var ascii = ascii(bytes, from, to);
    if (ascii == to) {
      return true;
    }
    var check = new Utf8();
    return check.feed(bytes, ascii, to) && check.complete();
  }

  /**
   * Checks further bytes. Returns false as soon as they can't be the beginning of UTF-8; all
   * further bytes are then refused until {@link #reset}.
   */
  public boolean feed(byte[] bytes, int from, int to) {
    var s = state;
    var i = from;
    while (i < to) {
      var b = bytes[i] & 0xff;
      if (s != 0) {
        if (b < low(s) || b > high(s)) {
          return false;
        }
        s = missing(s) == 1 ? 0 : following(missing(s) - 1, 0x80, 0xbf);
        i++;
      } else if (b < 0x80) {
        i = ascii(bytes, i + 1, to);
      } else {
        s = BEHIND[b];
        if (s == REFUSED) {
          return false;
        }
        i++;
      }
    }
    state = s;
    return true;
  }

  /** Whether the bytes so far end with a whole character. */
  public boolean complete() {
    return state == 0;
  }

  /** Forgets the bytes so far; the next bytes begin a new text. */
  public void reset() {
    state = 0;
  }

  private static void lead(int first, int last, int missing, int low, int high) {
    Arrays.fill(BEHIND, first, last + 1, following(missing, low, high));
  }

  /**
   * Encodes the state in which {@code missing} bytes are expected, the next of them between {@code
   * low} and {@code high}.
   */
  private static int following(int missing, int low, int high) {
    return missing | low << 8 | high << 16;
  }

  private static int missing(int state) {
    return state & 0xff;
  }

  private static int low(int state) {
    return state >> 8 & 0xff;
  }

  private static int high(int state) {
    return state >> 16;
  }

  /** The index of the first byte that is not ASCII, or {@code to}. */
  private static int ascii(byte[] bytes, int from, int to) {
    var i = from;
    while (i + 8 <= to && ((long) LONGS.get(bytes, i) & NON_ASCII) == 0) {
      i += 8;
    }
    while (i < to && bytes[i] >= 0) {
      i++;
    }
    return i;
  }
}
