package io.lhttp.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A UTF-8 check that goes on from one run of bytes to the next, as the fragments of a message come
 * in. Overlong forms, surrogates and code points above U+10FFFF are refused (RFC 3629, section 4).
 * ASCII is checked eight bytes at a time. Not thread-safe.
 */
public final class Utf8 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long NON_ASCII = 0x8080808080808080L;

  /** Continuation bytes still to come. */
  private int missing;

  /** The bounds of the next continuation byte. */
  private int low;

  private int high;

  /** Whether all of {@code bytes} is well-formed. */
  public static boolean valid(byte[] bytes, int from, int to) {
    var ascii = ascii(bytes, from, to);
    if (ascii == to) {
      return true;
    }
    var check = new Utf8();
    return check.feed(bytes, ascii, to) && check.complete();
  }

  /** Takes further bytes; false as soon as no continuation can make the whole well-formed. */
  public boolean feed(byte[] bytes, int from, int to) {
    var i = from;
    while (i < to) {
      if (missing == 0) {
        i = ascii(bytes, i, to);
        if (i == to) {
          return true;
        }
        if (!lead(bytes[i++] & 0xff)) {
          return false;
        }
      } else {
        var b = bytes[i++] & 0xff;
        if (b < low || b > high) {
          return false;
        }
        missing--;
        low = 0x80;
        high = 0xbf;
      }
    }
    return true;
  }

  /** Whether what was fed so far does not end inside a character. */
  public boolean complete() {
    return missing == 0;
  }

  /** Forgets what was fed. */
  public void reset() {
    missing = 0;
  }

  private boolean lead(int b) {
    low = 0x80;
    high = 0xbf;
    if (b >= 0xc2 && b <= 0xdf) {
      missing = 1;
    } else if (b >= 0xe0 && b <= 0xef) {
      missing = 2;
      if (b == 0xe0) {
        low = 0xa0;
      } else if (b == 0xed) {
        high = 0x9f;
      }
    } else if (b >= 0xf0 && b <= 0xf4) {
      missing = 3;
      if (b == 0xf0) {
        low = 0x90;
      } else if (b == 0xf4) {
        high = 0x8f;
      }
    } else {
      return false;
    }
    return true;
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
