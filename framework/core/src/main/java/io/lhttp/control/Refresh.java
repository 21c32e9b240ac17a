package io.lhttp.control;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A change of the logins of live connections. A connection's user keeps the name.
 *
 * @param claims take the place of all claims; empty to keep them
 * @param expires the login's new end, after which the server closes the connection; empty to keep
 *     it
 */
public record Refresh(Optional<Map<String, Object>> claims, Optional<Instant> expires) {
  private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

  /** A time before 1970 or after the year 9999 becomes the nearer of these. */
  public Refresh {
    claims = claims.map(Map::copyOf);
    expires = expires.map(Refresh::bounded);
  }

  private static Instant bounded(Instant at) {
    return at.isBefore(Instant.EPOCH) ? Instant.EPOCH : at.isAfter(LATEST) ? LATEST : at;
  }
}
