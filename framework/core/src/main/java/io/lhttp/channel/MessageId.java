package io.lhttp.channel;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.AttributeKey;
import io.lhttp.Connection;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code message-id}: a channel with a history stores a publication once for each id and
 * scope. The scope is the publisher, so that no client suppresses another's publication.
 */
public final class MessageId {
  /** The attribute for the secret session name that a client gives to all of its connections. */
  public static final AttributeKey<String> SESSION =
      AttributeKey.of("lhttp.message-id.session", String.class);

  private static final String HEADER = "message-id";
  private static final String SESSION_HEADER = "presence-session";
  private static final Pattern SESSION_FORM = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final int MOST = 128;
  private static final int KEY_BYTES = 18;

  private MessageId() {}

  /** Whether the message has the header {@code message-id}, well-formed or not. */
  public static boolean in(Message message) {
    return message.headers().has(HEADER);
  }

  /**
   * Stores the session that a client names in {@code presence-session} in the connection's
   * attributes, and returns it; empty without the header.
   *
   * @throws RefusedException 400 for a malformed session
   */
  public static Optional<String> keepSession(Connection connection, Message request) {
    var session = request.header(SESSION_HEADER);
    if (session.isPresent()) {
      if (!SESSION_FORM.matcher(session.get()).matches()) {
        throw new RefusedException(400, "presence-session has 1 to 64 letters, digits, _ and -");
      }
      connection.attributes().set(SESSION, session.get());
    }
    return session;
  }

  /**
   * Returns the publisher: the user or API key, else the client's session, else the connection;
   * empty for the server's own code.
   */
  private static String scope(@Nullable Connection by) {
    if (by == null) {
      return "";
    }
    var principal = by.principal();
    return principal.anonymous()
        ? by.attributes()
            .get(SESSION)
            .map(session -> "session " + session)
            .orElseGet(() -> "connection " + by.id())
        : "user " + principal.name();
  }

  /**
   * Returns a text of fixed length. It is equal for publications of one publisher with the same id;
   * empty without an id.
   *
   * @param by the connection whose exchange publishes; null for the server's own code
   * @throws RefusedException 400 for a malformed id
   */
  public static String key(@Nullable Connection by, Message message) {
    var id = message.header(HEADER).orElse("");
    if (id.length() > MOST || (id.isEmpty() && in(message))) {
      throw new RefusedException(400, "a message-id has 1 to 128 characters");
    }
    if (id.isEmpty()) {
      return "";
    }
    var scope = scope(by);
    return hash(scope.length() + " " + scope + id);
  }

  private static String hash(String text) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, KEY_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
