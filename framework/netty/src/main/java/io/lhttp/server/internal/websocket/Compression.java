package io.lhttp.server.internal.websocket;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * Negotiates permessage-deflate (RFC 7692, section 7.1). Each message is compressed on its own. So
 * a connection keeps no window in memory, and a publication is compressed once for all subscribers.
 */
public final class Compression {
  private static final String NAME = "permessage-deflate";
  private static final String ACCEPTED =
      NAME + "; server_no_context_takeover; client_no_context_takeover";
  private static final String WINDOW = "server_max_window_bits";

  /** The window's size as a power of two; the JDK's compressor supports no other. */
  private static final int WINDOW_BITS = 15;

  private Compression() {}

  /**
   * Returns the answer to the first acceptable offer; empty without one.
   *
   * @param offers every {@code Sec-WebSocket-Extensions} header of the request
   */
  public static Optional<String> accept(List<String> offers) {
    for (var line : offers) {
      for (var offer : line.split(",", -1)) {
        var answer = answer(offer);
        if (answer.isPresent()) {
          return answer;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<String> answer(String offer) {
    var words = offer.split(";", -1);
    if (!words[0].strip().equals(NAME)) {
      return Optional.empty();
    }
    var seen = new HashSet<String>();
    var answer = ACCEPTED;
    for (var i = 1; i < words.length; i++) {
      var equals = words[i].indexOf('=');
      var name = (equals < 0 ? words[i] : words[i].substring(0, equals)).strip();
      var value = equals < 0 ? "" : words[i].substring(equals + 1).strip();
      if (!seen.add(name) || !acceptable(name, equals < 0 ? "" : unquoted(value), equals >= 0)) {
        return Optional.empty();
      }
      if (name.equals(WINDOW)) {
        answer += "; " + WINDOW + "=" + WINDOW_BITS;
      }
    }
    return Optional.of(answer);
  }

  private static boolean acceptable(String name, String value, boolean hasValue) {
    return switch (name) {
      case "server_no_context_takeover", "client_no_context_takeover" -> !hasValue;
      case "client_max_window_bits" -> !hasValue || value.matches("[89]|1[0-5]");
      case WINDOW -> value.equals(Integer.toString(WINDOW_BITS));
      default -> false;
    };
  }

  private static String unquoted(String value) {
    var quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
    return quoted ? value.substring(1, value.length() - 1) : value;
  }
}
