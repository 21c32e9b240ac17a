package io.lhttp;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Why a connection is closed: the code and reason of the WebSocket close frame.
 *
 * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999; RFC 6455 keeps all others off the wire
 * @param reason for people, at most 123 bytes of UTF-8 (RFC 6455, section 5.5)
 */
public record CloseCode(int code, String reason) {
  public static final CloseCode NORMAL = new CloseCode(1000, "");
  public static final CloseCode GOING_AWAY = new CloseCode(1001, "draining");
  public static final CloseCode PROTOCOL_ERROR = new CloseCode(1002, "protocol error");
  public static final CloseCode MALFORMED = new CloseCode(1007, "malformed");
  public static final CloseCode POLICY = new CloseCode(1008, "policy");
  public static final CloseCode TOO_BIG = new CloseCode(1009, "message too big");
  public static final CloseCode FAILED = new CloseCode(1011, "server failed");
  public static final CloseCode BUSY = new CloseCode(1013, "try again later");
  public static final CloseCode UNAUTHENTICATED = new CloseCode(4401, "not authenticated");
  public static final CloseCode FORBIDDEN = new CloseCode(4403, "not allowed");
  public static final CloseCode SILENT = new CloseCode(4408, "no sign of life");
  public static final CloseCode TOO_SLOW = new CloseCode(4413, "too slow");
  public static final CloseCode RATE_LIMIT = new CloseCode(4429, "rate limit");

  private static final int MAX_REASON_BYTES = 123;

  public CloseCode {
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

  /** The same code with another reason. */
  public CloseCode because(String reason) {
    return new CloseCode(code, reason);
  }
}
