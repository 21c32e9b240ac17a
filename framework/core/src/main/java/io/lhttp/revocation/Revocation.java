package io.lhttp.revocation;

import io.lhttp.internal.text.Json;
import io.lhttp.internal.text.JsonReader;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the list: tokens that are revoked, or a user who is blocked.
 *
 * @param target the user, the token's {@code jti} or its {@linkplain Credential#hash hash}; empty
 *     for all users
 * @param before the tokens issued before this instant are revoked; only of users and of all
 * @param end the time when the last of the tokens expires, or when the block ends; empty for never
 */
public record Revocation(
    Kind kind, String target, Optional<Instant> before, Optional<Instant> end) {
  /** The most characters of a target. */
  public static final int LONGEST_TARGET = 255;

  /**
   * The time for which an entry counts beyond the expiry of its tokens: the largest skew with which
   * tokens are accepted (60 s), and a difference between the servers' clocks.
   */
  static final Duration MARGIN = Duration.ofMinutes(5);

  private static final int VERSION = 1;
  private static final Pattern MALFORMED = Pattern.compile("[\\p{Cntrl}\\p{Cs}]");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /** The kinds of entries. */
  public enum Kind {
    /** The tokens of a user that were issued before an instant. */
    USER,
    /** The token with this {@code jti}. */
    ID,
    /** The token with this hash. */
    TOKEN,
    /** All tokens that were issued before an instant; no API keys. */
    ALL,
    /** A user is refused with any token. */
    BLOCK;

    /** Whether entries of this kind are about tokens that were issued before an instant. */
    public boolean ofTime() {
      return this == USER || this == ALL;
    }

    /** The word for this kind in the list. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @throws IllegalArgumentException if the target does not fit the kind; the message names neither
   */
  public Revocation {
    var needsTarget = kind != Kind.ALL;
    if (needsTarget == target.isEmpty()) {
      throw new IllegalArgumentException(
          needsTarget ? "expected a text that is not empty" : "expected no target");
    }
    if (target.length() > LONGEST_TARGET) {
      throw new IllegalArgumentException(
          "expected at most %d characters, not %d".formatted(LONGEST_TARGET, target.length()));
    }
    if (MALFORMED.matcher(target).find()) {
      throw new IllegalArgumentException("expected no control character");
    }
    if (kind == Kind.TOKEN && !SHA256.matcher(target).matches()) {
      throw new IllegalArgumentException("expected a SHA-256 of 64 digits from 0 to 9 and a to f");
    }
    if (kind.ofTime() != before.isPresent()) {
      throw new IllegalArgumentException(
          kind.ofTime() ? "expected an instant" : "a single token has no instant");
    }
  }

  /** Whether a user of this name can be blocked. */
  static boolean nameable(String user) {
    return user.length() <= LONGEST_TARGET && !MALFORMED.matcher(user).find();
  }

  /** Revokes the tokens of a user that were issued before an instant, and the user's API keys. */
  public static Revocation user(String user, Instant before, Optional<Instant> expires) {
    return new Revocation(Kind.USER, user, Optional.of(before), expires);
  }

  /** Revokes all tokens that were issued before an instant. */
  public static Revocation all(Instant before, Optional<Instant> expires) {
    return new Revocation(Kind.ALL, "", Optional.of(before), expires);
  }

  /** Revokes the token with this {@code jti}. */
  public static Revocation id(String id, Optional<Instant> expires) {
    return new Revocation(Kind.ID, id, Optional.empty(), expires);
  }

  /**
   * Revokes the token with this hash.
   *
   * @param sha256 see {@link Credential#hash}
   */
  public static Revocation token(String sha256, Optional<Instant> expires) {
    return new Revocation(Kind.TOKEN, sha256.toLowerCase(Locale.ROOT), Optional.empty(), expires);
  }

  /** Blocks a user, for ever or until an instant. */
  public static Revocation block(String user, Optional<Instant> until) {
    return new Revocation(Kind.BLOCK, user, Optional.empty(), until);
  }

  /** The answer to a client that this entry refuses. */
  public Verdict verdict() {
    return kind == Kind.BLOCK ? Verdict.BLOCKED : Verdict.REVOKED;
  }

  /** The name under which a store keeps this entry: at most one entry has it. */
  public String key() {
    return key(kind, target);
  }

  /** The name of the entry of this kind and target. It consists of letters, digits and a dot. */
  public static String key(Kind kind, String target) {
    return kind.word() + "." + Credential.sha256(target);
  }

  /** Whether this entry may still refuse somebody at a time. */
  public boolean counts(Instant now) {
    var last = kind == Kind.BLOCK ? end : end.map(at -> later(at, MARGIN));
    return last.isEmpty() || now.isBefore(last.get());
  }

  private static Instant later(Instant at, Duration time) {
    return at.isAfter(Instant.MAX.minus(time)) ? Instant.MAX : at.plus(time);
  }

  /** Returns an entry that refuses all that this or the other one refuses; both have one key. */
  Revocation with(Revocation other) {
    if (kind == Kind.BLOCK) {
      return other; // the last request decides how long a user is blocked
    }
    var latest = before.flatMap(one -> other.before.map(two -> one.isAfter(two) ? one : two));
    var last = end.flatMap(one -> other.end.map(two -> one.isAfter(two) ? one : two));
    return new Revocation(kind, target, latest, last);
  }

  /** The text that a store keeps. */
  public String text() {
    return Json.object(json -> {
      json.number("v", VERSION).text("kind", kind.word());
      if (!target.isEmpty()) {
        json.text("target", target);
      }
      before.ifPresent(at -> json.text("before", at.toString()));
      end.ifPresent(at -> json.text("end", at.toString()));
    });
  }

  /**
   * Reads the text of an entry.
   *
   * @throws LaterVersionException if a later version of the server has written it
   * @throws IllegalArgumentException if it is no entry
   */
  public static Revocation parse(String text) {
    if (!(JsonReader.read(text, 2) instanceof Map<?, ?> map)
        || !(map.get("v") instanceof Double version)) {
      throw new IllegalArgumentException("no entry of the list");
    }
    if (version > VERSION) {
      throw new LaterVersionException();
    }
    for (var kind : Kind.values()) {
      if (kind.word().equals(map.get("kind"))) {
        return new Revocation(
            kind,
            map.get("target") instanceof String target ? target : "",
            instant(map.get("before")),
            instant(map.get("end")));
      }
    }
    throw new IllegalArgumentException("an entry of unknown kind");
  }

  private static Optional<Instant> instant(@Nullable Object value) {
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Instant.parse((String) value));
    } catch (DateTimeException | ClassCastException e) {
      throw new IllegalArgumentException("no instant", e);
    }
  }

  /** Thrown for an entry that a later version of the server has written. */
  public static final class LaterVersionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    LaterVersionException() {
      super("an entry of a later version of the server");
    }
  }
}
