package io.lhttp.filters.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Connection;
import io.lhttp.Secrets;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import okhttp3.Headers;
import okhttp3.HttpUrl;

/**
 * Identifies the sender of a message to the backend by {@code lhttp-connection}, {@code lhttp-user}
 * and {@code lhttp-command}, which no client can set.
 *
 * <p>With a secret, {@code lhttp-timestamp} (seconds since 1970) and {@code lhttp-signature} prove
 * them. The signature is HMAC-SHA256, in hexadecimal, of these lines with a line feed between them:
 *
 * <pre>
 * lhttp-timestamp
 * the method
 * the header Host
 * path and query, as on the request line
 * lhttp-user, or nothing
 * lhttp-connection
 * lhttp-command
 * SHA-256 of the body, in hexadecimal
 * </pre>
 *
 * <p>With a second secret, {@code lhttp-signature-2} is the same with that secret, so that a
 * backend can verify either while one replaces the other.
 */
final class Identity {
  private static final String MAC = "HmacSHA256";
  private static final HexFormat HEX = HexFormat.of();

  /** One or two keys; none if requests are not signed. */
  private final List<SecretKeySpec> keys;

  private final InstantSource clock;

  Identity(Optional<Secrets> secrets, InstantSource clock) {
    this.keys =
        secrets.stream()
            .flatMap(valid -> valid.all().stream())
            .map(secret -> new SecretKeySpec(secret.bytes(), MAC))
            .toList();
    this.clock = clock;
  }

  /** The sender of a message, in the form that headers need. */
  record MessageSender(String user, String connection, String command) {
    /** Returns the sender of a request that is about no connection. */
    static MessageSender ofServer(String command) {
      return new MessageSender("", "", printable(command));
    }

    static MessageSender of(Connection connection, String command) {
      return new MessageSender(
          printable(connection.principal().name()), printable(connection.id()), printable(command));
    }
  }

  void add(
      Headers.Builder headers,
      MessageSender sender,
      HttpMethod method,
      HttpUrl url,
      ByteBuffer body) {
    headers.add("lhttp-command", sender.command);
    if (!sender.connection.isEmpty()) {
      headers.add("lhttp-connection", sender.connection);
    }
    if (!sender.user.isEmpty()) {
      headers.add("lhttp-user", sender.user);
    }
    if (keys.isEmpty()) {
      return;
    }
    var timestamp = Long.toString(clock.instant().getEpochSecond());
    headers.add("lhttp-timestamp", timestamp);
    var lines = lines(timestamp, sender, method, url, body);
    headers.add("lhttp-signature", sign(keys.getFirst(), lines));
    if (keys.size() > 1) {
      headers.add("lhttp-signature-2", sign(keys.getLast(), lines));
    }
  }

  private static byte[] lines(
      String timestamp, MessageSender sender, HttpMethod method, HttpUrl url, ByteBuffer body) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(body.duplicate());
      return String.join(
              "\n",
              timestamp,
              method.name(),
              host(url),
              requestTarget(url),
              sender.user,
              sender.connection,
              sender.command,
              HEX.formatHex(digest.digest()))
          .getBytes(UTF_8);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String sign(SecretKeySpec key, byte[] lines) {
    try {
      var mac = Mac.getInstance(MAC);
      mac.init(key);
      return HEX.formatHex(mac.doFinal(lines));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }

  /** Returns the value of the header Host, as OkHttp writes it. */
  private static String host(HttpUrl url) {
    var host = url.host().contains(":") ? "[" + url.host() + "]" : url.host();
    return url.port() == HttpUrl.defaultPort(url.scheme()) ? host : host + ":" + url.port();
  }

  private static String requestTarget(HttpUrl url) {
    var query = url.encodedQuery();
    return query == null ? url.encodedPath() : url.encodedPath() + "?" + query;
  }

  /** Percent-encodes characters that a header can't carry, and the percent sign. */
  private static String printable(String text) {
    var clean = true;
    for (var i = 0; i < text.length(); i++) {
      clean &= printable(text.charAt(i));
    }
    if (clean) {
      return text;
    }
    var encoded = new StringBuilder();
    for (var b : text.getBytes(UTF_8)) {
      if (printable((char) (b & 0xff))) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(HEX.withUpperCase().toHexDigits(b));
      }
    }
    return encoded.toString();
  }

  private static boolean printable(char c) {
    return c > ' ' && c <= '~' && c != '%';
  }
}
