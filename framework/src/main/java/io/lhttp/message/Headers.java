package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.RandomAccess;

/**
 * Header lines in their order, duplicates included: a view of a message's bytes that makes strings
 * only when asked for. Immutable and safe for all threads. Names compare without case.
 */
public final class Headers extends AbstractList<Header> implements RandomAccess {
  /**
   * Ints per header line in {@link #index}: start and end of the name, start and end of the value.
   */
  static final int STRIDE = 4;

  static final int[] NO_LINES = {};

  private final byte[] bytes;
  private final int[] index;
  private final int count;

  Headers(byte[] bytes, int[] index, int count) {
    this.bytes = bytes;
    this.index = index;
    this.count = count;
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public Header get(int i) {
    if (i < 0 || i >= count) {
      throw new IndexOutOfBoundsException("header " + i + " of " + count);
    }
    return new Header(name(i), value(i));
  }

  /** The value of the first header of this name. */
  public Optional<String> first(String name) {
    var i = find(name, 0);
    return i < 0 ? Optional.empty() : Optional.of(value(i));
  }

  /** Whether a header of this name stands here; makes no string. */
  public boolean has(String name) {
    return find(name, 0) >= 0;
  }

  /** Whether the first header of this name has this value, to the byte; makes no string. */
  public boolean is(String name, String asciiValue) {
    var i = find(name, 0);
    if (i < 0) {
      return false;
    }
    var start = index[i * STRIDE + 2];
    var length = index[i * STRIDE + 3] - start;
    if (length != asciiValue.length()) {
      return false;
    }
    for (var k = 0; k < length; k++) {
      if (bytes[start + k] != asciiValue.charAt(k)) {
        return false;
      }
    }
    return true;
  }

  /** The words of every header of this name, split at spaces, in order: how lists are written. */
  public List<String> words(String name) {
    var i = find(name, 0);
    if (i < 0) {
      return List.of();
    }
    var words = new ArrayList<String>();
    for (; i >= 0; i = find(name, i + 1)) {
      var end = index[i * STRIDE + 3];
      var at = index[i * STRIDE + 2];
      while (at < end) {
        var stop = at;
        while (stop < end && bytes[stop] != ' ') {
          stop++;
        }
        if (stop > at) {
          words.add(new String(bytes, at, stop - at, UTF_8));
        }
        at = stop + 1;
      }
    }
    return words;
  }

  /** The position of the next header of this name from {@code from} on, or -1. */
  int find(String name, int from) {
    for (var i = from; i < count; i++) {
      if (Syntax.equalsIgnoreCase(bytes, index[i * STRIDE], index[i * STRIDE + 1], name)) {
        return i;
      }
    }
    return -1;
  }

  String name(int i) {
    return string(index[i * STRIDE], index[i * STRIDE + 1]);
  }

  String value(int i) {
    return string(index[i * STRIDE + 2], index[i * STRIDE + 3]);
  }

  /** Where line {@code i} begins in the bytes. */
  int lineStart(int i) {
    return index[i * STRIDE];
  }

  /** The same lines at the same places of other bytes. */
  Headers over(byte[] other) {
    return new Headers(other, index, count);
  }

  private String string(int start, int end) {
    return new String(bytes, start, end - start, UTF_8);
  }
}
