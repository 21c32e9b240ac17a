package io.lhttp;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The code and reason of a WebSocket close frame.
 *
 * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999; RFC 6455 permits no other code on the
 *     wire
 * @param reason for people, at most 123 bytes of UTF-8 (RFC 6455, section 5.5)
 */
public record CloseStatus(int code, String reason) {
  public static final CloseStatus NORMAL = new CloseStatus(1000, "");
  public static final CloseStatus GOING_AWAY = new CloseStatus(1001, "draining");
  public static final CloseStatus PROTOCOL_ERROR = new CloseStatus(1002, "protocol error");
  public static final CloseStatus MALFORMED = new CloseStatus(1007, "malformed");
  public static final CloseStatus POLICY = new CloseStatus(1008, "policy");
  public static final CloseStatus TOO_BIG = new CloseStatus(1009, "message too big");
  public static final CloseStatus FAILED = new CloseStatus(1011, "server failed");
  public static final CloseStatus BUSY = new CloseStatus(1013, "try again later");
  public static final CloseStatus UNAUTHENTICATED = new CloseStatus(4401, "not authenticated");
  public static final CloseStatus FORBIDDEN = new CloseStatus(4403, "not allowed");
  public static final CloseStatus SILENT = new CloseStatus(4408, "no sign of life");
  public static final CloseStatus TOO_SLOW = new CloseStatus(4413, "too slow");
  public static final CloseStatus RATE_LIMIT = new CloseStatus(4429, "rate limit");

  private static final int MAX_REASON_BYTES = 123;

  public CloseStatus {
    if (code < 1000 || code > 4999) {
      throw new IllegalArgumentException("a close code lies between 1000 and 4999: " + code);
    }
    if (!sendable(code)) {
      throw new IllegalArgumentException(
          "the close code %d is never sent (RFC 6455, section 7.4), expected 1000 to 1003, 1007 to"
                  .formatted(code)
              + " 1014 or 3000 to 4999");
    }
    var bytes = reason.getBytes(UTF_8).length;
    if (bytes > MAX_REASON_BYTES) {
      throw new IllegalArgumentException(
          "a close reason has at most %d bytes, this one has %d"
              .formatted(MAX_REASON_BYTES, bytes));
    }
  }

  private static boolean sendable(int code) {
    return code <= 1003 || (code >= 1007 && code <= 1014) || code >= 3000;
  }

  /** Returns the same code with another reason. */
  public CloseStatus because(String reason) {
    return new CloseStatus(code, reason);
  }
}
