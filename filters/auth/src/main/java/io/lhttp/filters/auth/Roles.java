package io.lhttp.filters.auth;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the roles of a user from the claim that the options name. */
final class Roles {
  /** The claim that permissions, the filter {@code upstream} and scripts read. */
  static final String CLAIM = "roles";

  /** The claims that are a text of words by their standard (RFC 9068) or their issuer. */
  private static final Set<String> WORDS = Set.of("scope", "scp");

  private Roles() {}

  /**
   * Replaces the claim {@code roles} by the roles of another claim. Without that claim the user has
   * no roles, even if the token has a claim {@code roles}.
   *
   * @throws BadTokenException if the claim is neither a text nor a list of texts
   */
  static void set(Map<String, Object> claims, ClaimPath from) throws BadTokenException {
    var roles = of(from.in(claims), from);
    if (roles.isEmpty()) {
      claims.remove(CLAIM);
    } else {
      claims.put(CLAIM, roles);
    }
  }

  private static List<?> of(@Nullable Object value, ClaimPath from) throws BadTokenException {
    return switch (value) {
      case null -> List.of();
      case String text when text.isBlank() -> List.of();
      case String text when WORDS.contains(from.lastPart()) ->
          List.of(text.strip().split("\\s+", -1));
      case String text -> List.of(text);
      case List<?> several when several.stream().allMatch(String.class::isInstance) -> several;
      default ->
          throw new BadTokenException(
              RefusalReason.CLAIMS, "the claim %s is no text and no list of texts".formatted(from));
    };
  }
}
