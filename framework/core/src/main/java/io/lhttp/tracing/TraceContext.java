package io.lhttp.tracing;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * The identity of a span in another program, as the headers {@code traceparent} and {@code
 * tracestate} carry it (W3C Trace Context, level 2). Immutable.
 *
 * @param traceId 32 digits of lower-case hexadecimal, not all zero
 * @param spanId 16 digits of lower-case hexadecimal, not all zero
 * @param sampled whether the sender records its span
 * @param state the header {@code tracestate}; empty without one
 */
public record TraceContext(String traceId, String spanId, boolean sampled, String state) {
  /** The header with the ids. */
  public static final String PARENT = "traceparent";

  /** The header with the further data of other tracing systems. */
  public static final String STATE = "tracestate";

  private static final int TRACE_ID = 32;
  private static final int SPAN_ID = 16;
  private static final int SPAN_AT = 3 + TRACE_ID + 1;
  private static final int FLAGS_AT = SPAN_AT + SPAN_ID + 1;
  private static final int LENGTH = FLAGS_AT + 2;

  private static final int MAX_MEMBERS = 32;
  private static final int MAX_KEY = 256;
  private static final int MAX_VALUE = 256;

  /** The number of characters of a {@code tracestate} that every program has to pass on. */
  private static final int KEPT_STATE = 512;

  /** Members longer than this are the first to go from a {@code tracestate} that is too long. */
  private static final int LONG_MEMBER = 128;

  public TraceContext {
    if (!id(traceId, TRACE_ID) || !id(spanId, SPAN_ID)) {
      throw new IllegalArgumentException("expected ids of 32 and 16 lower-case hexadecimal digits");
    }
  }

  /**
   * Reads the headers of a message or a request. A malformed {@code traceparent} counts as none,
   * and so does a second one. A malformed {@code tracestate} is dropped alone.
   *
   * @param parents all values of {@code traceparent}
   * @param states all values of {@code tracestate}, in order
   */
  public static Optional<TraceContext> read(List<String> parents, List<String> states) {
    if (parents.size() != 1) {
      return Optional.empty();
    }
    var text = parents.getFirst().strip();
    if (!wellFormed(text)) {
      return Optional.empty();
    }
    var sampled = (Character.digit(text.charAt(FLAGS_AT + 1), 16) & 1) == 1;
    return Optional.of(
        new TraceContext(
            text.substring(3, 3 + TRACE_ID),
            text.substring(SPAN_AT, SPAN_AT + SPAN_ID),
            sampled,
            state(states)));
  }

  /** Passes the headers of a request that continues this context to {@code to}. */
  public void write(BiConsumer<String, String> to) {
    to.accept(PARENT, toString());
    if (!state.isEmpty()) {
      to.accept(STATE, state);
    }
  }

  /** Returns the value of {@code traceparent}, in version 00. */
  @Override
  public String toString() {
    return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
  }

  private static boolean wellFormed(String text) {
    if (text.length() < LENGTH
        || !hex(text, 0, 2)
        || text.startsWith("ff")
        || text.charAt(2) != '-'
        || text.charAt(SPAN_AT - 1) != '-'
        || text.charAt(FLAGS_AT - 1) != '-'
        || !hex(text, FLAGS_AT, LENGTH)) {
      return false;
    }
    // a later version may append fields
    if (text.length() > LENGTH && (text.startsWith("00") || text.charAt(LENGTH) != '-')) {
      return false;
    }
    return id(text.substring(3, SPAN_AT - 1), TRACE_ID)
        && id(text.substring(SPAN_AT, FLAGS_AT - 1), SPAN_ID);
  }

  private static boolean id(String text, int length) {
    return text.length() == length
        && hex(text, 0, length)
        && text.chars().anyMatch(digit -> digit != '0');
  }

  private static boolean hex(String text, int from, int to) {
    for (var i = from; i < to; i++) {
      var c = text.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return false;
      }
    }
    return true;
  }

  /** Returns the members of {@code tracestate}; empty if one of them is malformed. */
  private static String state(List<String> values) {
    var members = new ArrayList<String>();
    var keys = new HashSet<String>();
    var length = 0;
    for (var value : values) {
      for (var part : value.split(",", -1)) {
        var member = part.strip();
        if (member.isEmpty()) {
          continue;
        }
        var equals = member.indexOf('=');
        if (equals < 0
            || members.size() == MAX_MEMBERS
            || !key(member.substring(0, equals))
            || !value(member.substring(equals + 1))
            || !keys.add(member.substring(0, equals))) {
          return "";
        }
        members.add(member);
        length += member.length() + 1;
      }
    }
    for (var i = members.size() - 1; i >= 0 && length - 1 > KEPT_STATE; i--) {
      if (members.get(i).length() > LONG_MEMBER) {
        length -= members.remove(i).length() + 1;
      }
    }
    while (length - 1 > KEPT_STATE) {
      length -= members.removeLast().length() + 1;
    }
    return String.join(",", members);
  }

  private static boolean key(String key) {
    if (key.isEmpty() || key.length() > MAX_KEY || !lowerOrDigit(key.charAt(0))) {
      return false;
    }
    for (var i = 1; i < key.length(); i++) {
      var c = key.charAt(i);
      if (!lowerOrDigit(c) && "_-*/@".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean lowerOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static boolean value(String value) {
    if (value.isEmpty() || value.length() > MAX_VALUE) {
      return false;
    }
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      if (c < ' ' || c > '~' || c == '=') {
        return false;
      }
    }
    return true;
  }
}
