package io.lhttp.control;

import io.lhttp.AttributeKey;
import io.lhttp.Connection;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The changes that {@link Control#refresh} has made to a connection's login, an attribute of the
 * connection. A filter that verifies tokens applies them to the token's own claims and end when it
 * reviews the connection. It removes them when the client sends another token. Immutable.
 *
 * @param claims take the place of the token's claims; empty to keep those
 * @param expires takes the place of the token's end; empty to keep that
 * @param deadline closes the connection at {@code expires}
 */
public record RefreshedLogin(
    Optional<Map<String, Object>> claims,
    Optional<Instant> expires,
    Optional<Connection.Deadline> deadline) {
  public static final AttributeKey<RefreshedLogin> KEY =
      AttributeKey.of("lhttp.refreshed-login", RefreshedLogin.class);

  public RefreshedLogin {
    claims = claims.map(Map::copyOf);
  }

  /** Forgets the changes of a connection, because its client has sent another token. */
  public static void forget(Connection connection) {
    connection
        .attributes()
        .remove(KEY)
        .flatMap(RefreshedLogin::deadline)
        .ifPresent(Connection.Deadline::cancel);
  }
}
