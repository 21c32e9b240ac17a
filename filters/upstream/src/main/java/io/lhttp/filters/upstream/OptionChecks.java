package io.lhttp.filters.upstream;

import io.lhttp.Secrets;
import java.time.Duration;

/**
 * Checks options of the filters {@code upstream} and {@code events}; each exception names the
 * option as a configuration does.
 */
final class OptionChecks {
  private static final int SHORTEST_SECRET = 16;

  private OptionChecks() {}

  static void secret(Secrets secrets) {
    if (secrets.all().stream().anyMatch(secret -> secret.text().length() < SHORTEST_SECRET)) {
      throw new IllegalArgumentException("'secret' has at least 16 characters");
    }
  }

  static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "'%s' is at least %d, not %d".formatted(name, least, value));
    }
  }

  static void positive(String name, Duration value) {
    if (!value.isPositive()) {
      throw new IllegalArgumentException("'%s' is more than nothing".formatted(name));
    }
  }
}
