package io.lhttp.client.internal.protocol;

/** The close codes on which the client's behaviour depends. */
public final class CloseCodes {
  public static final int NORMAL = 1000;
  public static final int GOING_AWAY = 1001;
  public static final int ABNORMAL = 1006;
  public static final int MALFORMED = 1007;
  public static final int TOO_BIG = 1009;
  public static final int UNAUTHENTICATED = 4401;
  public static final int FORBIDDEN = 4403;
  public static final int RATE_LIMIT = 4429;

  private CloseCodes() {}

  /** Returns the close code that corresponds to the status of a refused handshake. */
  public static int ofHandshake(int status) {
    return switch (status) {
      case 401 -> UNAUTHENTICATED;
      case 403 -> FORBIDDEN;
      case 429 -> RATE_LIMIT;
      case 503 -> GOING_AWAY;
      default -> ABNORMAL;
    };
  }
}
