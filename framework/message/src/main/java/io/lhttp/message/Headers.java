package io.lhttp.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.RandomAccess;

/**
 * The header lines of a message in their order, including duplicates. A view of the message's
 * bytes, which creates strings on demand. Names compare without case. Immutable; all threads may
 * use it.
 */
public final class Headers extends AbstractList<Header> implements RandomAccess {
  /** The index of a message without header lines, see {@link #index}. */
  static final int[] NO_LINES = {};

  /**
   * The number of ints per line in {@link #index}: start and end of the name, start and end of the
   * value.
   */
  private static final int STRIDE = 4;

  /** The number of lines for which a new index has room. */
  private static final int FEW = 4;

  private final byte[] bytes;
  private final int[] index;
  private final int count;
  private final int end;

  /**
   * @param index the places of the lines, made by {@link #index}
   * @param end the end of the last line, including its CRLF
   */
  Headers(byte[] bytes, int[] index, int count, int end) {
    this.bytes = bytes;
    this.index = index;
    this.count = count;
    this.end = end;
  }

  /**
   * Adds line number {@code line} to an index.
   *
   * @param start the beginning of its name
   * @param colon the place of its colon
   * @param end the end of its value, including blanks
   * @return the index, or a larger copy if it was full
   */
  static int[] index(int[] index, int line, byte[] bytes, int start, int colon, int end) {
    var from = colon + 1;
    var to = end;
    while (from < to && Syntax.blank(bytes[from])) {
      from++;
    }
    while (to > from && Syntax.blank(bytes[to - 1])) {
      to--;
    }
    var slot = line * STRIDE;
    var grown =
        slot < index.length ? index : Arrays.copyOf(index, Math.max(FEW * STRIDE, slot * 2));
    grown[slot] = start;
    grown[slot + 1] = colon;
    grown[slot + 2] = from;
    grown[slot + 3] = to;
    return grown;
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public Header get(int i) {
    Objects.checkIndex(i, count);
    return new Header(string(nameStart(i), nameEnd(i)), string(valueStart(i), valueEnd(i)));
  }

  /** The value of the first header of this name. */
  public Optional<String> first(String name) {
    var i = find(name, 0);
    return i < 0 ? Optional.empty() : Optional.of(string(valueStart(i), valueEnd(i)));
  }

  /** Whether there is a header of this name. This method creates no string. */
  public boolean has(String name) {
    return find(name, 0) >= 0;
  }

  /** Whether there is a header of one of these names. */
  boolean hasAny(HeaderNames names) {
    for (var i = 0; i < count; i++) {
      if (names.contains(bytes, nameStart(i), nameEnd(i))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether the first header of this name has exactly this value. This method creates no string.
   */
  public boolean is(String name, String asciiValue) {
    var i = find(name, 0);
    if (i < 0 || valueEnd(i) - valueStart(i) != asciiValue.length()) {
      return false;
    }
    for (var k = 0; k < asciiValue.length(); k++) {
      if (bytes[valueStart(i) + k] != asciiValue.charAt(k)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The words of all headers of this name, split at spaces, in order. The protocol writes lists in
   * this form.
   */
  public List<String> words(String name) {
    return words(name, Integer.MAX_VALUE);
  }

  /** The words of all headers of this name; a repeated word counts once, at its first place. */
  public List<String> distinctWords(String name) {
    var words = words(name);
    return words.size() < 2 ? words : new ArrayList<>(new LinkedHashSet<>(words));
  }

  /**
   * Like {@link #words(String)}, for lists whose length a client chooses.
   *
   * @throws ProtocolException 413 if there are more than {@code max} words
   */
  public List<String> words(String name, int max) {
    var i = find(name, 0);
    if (i < 0) {
      return List.of();
    }
    var words = new ArrayList<String>();
    for (; i >= 0; i = find(name, i + 1)) {
      var stop = valueEnd(i);
      for (var at = valueStart(i); at < stop; at++) {
        var start = at;
        while (at < stop && bytes[at] != ' ') {
          at++;
        }
        if (at > start) {
          if (words.size() == max) {
            throw new ProtocolException(
                413, start, "more than " + max + " words in the header " + name);
          }
          words.add(string(start, at));
        }
      }
    }
    return words;
  }

  /** The position of the next header of this name from {@code from} on, or -1. */
  int find(String name, int from) {
    for (var i = from; i < count; i++) {
      if (Syntax.equalsIgnoreCase(bytes, nameStart(i), nameEnd(i), name)) {
        return i;
      }
    }
    return -1;
  }

  /** The position of the second header of this name, or -1. */
  int findSecond(String name) {
    var first = find(name, 0);
    return first < 0 ? -1 : find(name, first + 1);
  }

  /** The beginning of line {@code i} in the bytes; for the line after the last, the end. */
  int lineStart(int i) {
    return i == count ? end : nameStart(i);
  }

  /** The end of the last line, including its CRLF. */
  int end() {
    return end;
  }

  int nameStart(int i) {
    return index[i * STRIDE];
  }

  int nameEnd(int i) {
    return index[i * STRIDE + 1];
  }

  int valueStart(int i) {
    return index[i * STRIDE + 2];
  }

  int valueEnd(int i) {
    return index[i * STRIDE + 3];
  }

  /** Returns headers with the same lines at the same places of another array. */
  Headers over(byte[] other) {
    return new Headers(other, index, count, end);
  }

  /**
   * Returns headers over {@code other}, which has these lines at the same places, then one more.
   */
  Headers with(byte[] other, Line added) {
    var behind = end + added.length();
    var grown = Arrays.copyOf(index, (count + 1) * STRIDE);
    var lines = index(grown, count, other, end, end + added.colon(), behind - Syntax.CRLF.length);
    return new Headers(other, lines, count + 1, behind);
  }

  /**
   * Returns headers over {@code other}, which has these lines with another one in place of line
   * {@code place}.
   */
  Headers with(byte[] other, int place, Line changed) {
    var start = lineStart(place);
    var behind = start + changed.length();
    var more = behind - lineStart(place + 1);
    var lines = index.clone();
    for (var i = (place + 1) * STRIDE; i < count * STRIDE; i++) {
      lines[i] += more;
    }
    var all =
        index(lines, place, other, start, start + changed.colon(), behind - Syntax.CRLF.length);
    return new Headers(other, all, count, end + more);
  }

  private String string(int from, int to) {
    return new String(bytes, from, to - from, UTF_8);
  }
}
