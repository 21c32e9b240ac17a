package io.lhttp.app.cli.client;

import io.lhttp.app.config.SecretMask;
import io.lhttp.app.run.Failure;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The address of a server as people type it: {@code ws://HOST}, {@code https://HOST} or a bare
 * {@code HOST:PORT/PATH}.
 *
 * <p>A bare host gets TLS if it has a dot, as {@code chat.example.com} has. An IP address and a
 * name like {@code localhost} get none; browsers decide alike.
 *
 * @param tls whether the connection is encrypted
 * @param rest all that follows the scheme
 */
record ServerAddress(boolean tls, String rest) {
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(.*)");
  private static final Pattern IP_ADDRESS = Pattern.compile("[0-9.]+");

  /**
   * Parses an address.
   *
   * @throws Failure if the scheme is none of a server
   */
  static ServerAddress of(String typed) throws Failure {
    var parts = SCHEME.matcher(typed);
    if (!parts.matches()) {
      var rest = typed.startsWith(":") ? "localhost" + typed : typed;
      return new ServerAddress(publicName(rest), rest);
    }
    return switch (parts.group(1).toLowerCase(Locale.ROOT)) {
      case "ws", "http" -> new ServerAddress(false, parts.group(2));
      case "wss", "https" -> new ServerAddress(true, parts.group(2));
      default -> throw new Failure(wrong(typed));
    };
  }

  /**
   * Returns the address for a WebSocket, without a fragment.
   *
   * @throws Failure if it has no host
   */
  URI webSocket() throws Failure {
    return uri(tls ? "wss" : "ws", rest.replaceFirst("#.*", ""));
  }

  /**
   * Returns the address for requests of HTTP.
   *
   * @throws Failure if it has no host
   */
  URI http() throws Failure {
    return uri(tls ? "https" : "http", rest);
  }

  private static URI uri(String scheme, String rest) throws Failure {
    var text = scheme + "://" + rest;
    try {
      var uri = new URI(text);
      if (uri.getHost() != null) {
        return uri;
      }
      throw new Failure(wrong(text));
    } catch (URISyntaxException e) {
      throw new Failure(wrong(text), e);
    }
  }

  /** Whether a bare address names a host of the internet, rather than one near this machine. */
  private static boolean publicName(String rest) {
    var host = rest.replaceFirst("[:/?#].*", "").toLowerCase(Locale.ROOT);
    return host.contains(".")
        && !IP_ADDRESS.matcher(host).matches()
        && !host.endsWith(".localhost");
  }

  private static String wrong(String typed) {
    return SecretMask.sentence("'" + typed + "'")
        + " is no address of a server: expected ws://HOST, wss://HOST, http://HOST, https://HOST, or"
        + " a host such as localhost:8081";
  }
}
