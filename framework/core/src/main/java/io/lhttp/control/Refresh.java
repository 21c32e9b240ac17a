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
  public Refresh {
    claims = claims.map(Map::copyOf);
  }
}
