package io.lhttp.filters.quota;

import io.lhttp.Connection;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The place that names a connection's tenant: {@code user}, {@code claim NAME} or {@code header
 * NAME}.
 *
 * @param name the name of the claim, or of the header in lower case; empty for {@code user}
 */
public record TenantSource(Kind kind, String name) {
  /** The length of the longest tenant's name; a longer one names no tenant. */
  static final int LONGEST = 128;

  private static final Pattern WRITTEN = Pattern.compile("(user)|(claim|header) +([!-~]{1,100})");

  /** A kind of places. */
  public enum Kind {
    /** The user's name, which is a key's name for clients with an API key. */
    USER,
    /** A claim of the user: a text, or a whole number. */
    CLAIM,
    /** A header of the handshake, if a trusted proxy has sent the handshake. */
    HEADER
  }

  /**
   * Parses {@code user}, {@code claim org} or {@code header x-tenant}.
   *
   * @throws IllegalArgumentException with a text that says what was expected
   */
  public static TenantSource parse(String text) {
    var matcher = WRITTEN.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException("user, claim NAME or header NAME");
    }
    if (matcher.group(1) != null) {
      return new TenantSource(Kind.USER, "");
    }
    var name = matcher.group(3);
    return matcher.group(2).equals("claim")
        ? new TenantSource(Kind.CLAIM, name)
        : new TenantSource(Kind.HEADER, name.toLowerCase(Locale.ROOT));
  }

  /** Returns the tenant's name; empty if the connection has none. */
  Optional<String> of(Connection connection) {
    var principal = connection.principal();
    return switch (kind) {
      case USER -> valid(principal.name());
      case CLAIM ->
          Optional.ofNullable(principal.claims().get(name)).flatMap(TenantSource::ofClaim);
      case HEADER -> connection.fromTrustedProxy() ? ofHeader(connection) : Optional.empty();
    };
  }

  private static Optional<String> ofClaim(Object claim) {
    return switch (claim) {
      case String text -> valid(text);
      case Integer number -> valid(number.toString());
      case Long number -> valid(number.toString());
      default -> Optional.empty();
    };
  }

  /** Two headers of the name may be a client's and the proxy's, so they name no tenant. */
  private Optional<String> ofHeader(Connection connection) {
    var values = connection.handshake().headers().get(name);
    return values != null && values.size() == 1 ? valid(values.getFirst()) : Optional.empty();
  }

  private static Optional<String> valid(String tenant) {
    return tenant.isEmpty() || tenant.length() > LONGEST ? Optional.empty() : Optional.of(tenant);
  }

  /** Returns the source as users write it: {@code claim org}. */
  @Override
  public String toString() {
    var word = kind.name().toLowerCase(Locale.ROOT);
    return name.isEmpty() ? word : word + " " + name;
  }
}
