package io.lhttp.app.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys of the server API. Immutable. */
public final class ApiKeys {
  public static final ApiKeys NONE = new ApiKeys(Map.of());

  /** The most keys, because each request is compared with all of them. */
  public static final int MOST = 100;

  private final Map<String, ApiKey> byName;
  private final List<Valid> valid = new ArrayList<>();

  /** A secret, as it is compared. */
  @SuppressWarnings("ArrayRecordComponent") // compared by MessageDigest alone
  private record Valid(Named key, byte[] hash) {}

  /** A key with its name. */
  public record Named(String name, ApiKey key) {}

  /** Thrown for two keys with one secret. */
  public static final class SameSecretException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String second;

    SameSecretException(String first, String second) {
      super("'%s' and '%s' have the same secret".formatted(first, second));
      this.second = second;
    }

    /** The name of the second key. */
    public String second() {
      return second;
    }
  }

  /**
   * @throws IllegalArgumentException if there are too many, or two keys have one secret
   */
  public ApiKeys(Map<String, ApiKey> byName) {
    this.byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    if (byName.size() > MOST) {
      throw new IllegalArgumentException(
          "expected %d keys at most, not %d".formatted(MOST, byName.size()));
    }
    var owners = new HashMap<String, String>();
    byName.forEach((name, key) -> {
      for (var secret : key.secret().all()) {
        var other = owners.putIfAbsent(secret.text(), name);
        if (other != null && !other.equals(name)) {
          throw new SameSecretException(other, name);
        }
        valid.add(new Valid(new Named(name, key), hash(secret.text())));
      }
    });
  }

  /**
   * Returns the key with this secret. The comparison takes the same time for each text, so that its
   * duration reveals nothing about the secrets.
   */
  Optional<Named> find(String secret) {
    var sent = hash(secret);
    @Nullable Named found = null;
    for (var one : valid) {
      if (MessageDigest.isEqual(sent, one.hash())) {
        found = one.key();
      }
    }
    return Optional.ofNullable(found);
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ApiKeys keys && byName.equals(keys.byName);
  }

  @Override
  public int hashCode() {
    return byName.keySet().hashCode();
  }

  /** Returns the names; the secrets stay out of logs. */
  @Override
  public String toString() {
    return byName.keySet().toString();
  }
}
