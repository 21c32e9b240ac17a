package io.lhttp.filters.upstream;

import io.lhttp.CloseStatus;
import io.lhttp.Outcome;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A backend's decision. Immutable. */
sealed interface HookAnswer {
  /**
   * The client may.
   *
   * @param user the connection's user from now on
   * @param claims the user's claims
   * @param subscribe the channels that the connection joins
   * @param expires the time after which the answer is no longer valid
   * @param headers the headers of the message to set, or to remove if the value is null
   * @param body the message's body from now on
   */
  record Allowed(
      Optional<String> user,
      Optional<Map<String, Object>> claims,
      List<String> subscribe,
      Optional<Duration> expires,
      Map<String, @Nullable String> headers,
      Optional<Body> body)
      implements HookAnswer {
    /** Allows, and changes nothing. */
    static final Allowed PLAIN =
        new Allowed(
            Optional.empty(),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Map.of(),
            Optional.empty());

    /** Whether the answer says who the client is, so that it is about nobody else. */
    boolean names() {
      return user.isPresent() || claims.isPresent();
    }

    Allowed expiringIn(Duration time) {
      return new Allowed(user, claims, subscribe, Optional.of(time), headers, body);
    }

    /** Whether the answer changes the message. */
    boolean changes() {
      return !headers.isEmpty() || body.isPresent();
    }

    /**
     * Returns the message with the changes.
     *
     * @throws IllegalArgumentException if the result would be no message
     */
    Message change(Message message) {
      var builder = message.toBuilder().without(headers.keySet().toArray(String[]::new));
      headers.forEach((name, value) -> {
        if (value != null) {
          builder.header(name, value);
        }
      });
      body.ifPresent(made -> made.addTo(builder));
      return builder.build();
    }
  }

  /** The body of a message: text, or, in Base64, the bytes of a binary message. */
  record Body(String text, boolean binary) {
    private void addTo(Message.Builder message) {
      if (binary) {
        message.body(Base64.getDecoder().decode(text));
      } else {
        message.body(text);
      }
    }
  }

  /**
   * The client may not.
   *
   * @param close whether the connection is closed, by which status
   */
  record Refused(Outcome.Refused refusal, Optional<CloseStatus> close) implements HookAnswer {
    Outcome outcome() {
      return close.<Outcome>map(Outcome::closed).orElse(refusal);
    }

    /** The status by which a connection is closed that may not stay. */
    CloseStatus closing() {
      return close.orElseGet(() -> closing(CloseStatus.FORBIDDEN.code(), refusal.reason()));
    }

    /** Returns a status with as much of the reason as a close frame can carry. */
    static CloseStatus closing(int code, String reason) {
      return new CloseStatus(code, CloseReasons.cut(reason));
    }
  }
}
