package io.lhttp.outgoing;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The names of HTTP headers that messages and scripts may set on the server's requests. All threads
 * may use it.
 *
 * <p>An underscore counts as a hyphen, as many backends read {@code x_real_ip} and {@code
 * x-real-ip} as the same variable.
 */
public final class OutgoingHeaders {
  /** Headers that frame and route a request (RFC 9110 and 9112). */
  private static final Set<String> FRAMING =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "http2-settings",
          "keep-alive",
          "te",
          "trailer",
          "trailers",
          "transfer-encoding",
          "upgrade");

  private static final List<String> FRAMING_BEGINNINGS = List.of("proxy-");

  /**
   * Headers with secrets, headers that the HTTP client sets, and headers that only the server may
   * set.
   */
  private static final Set<String> OURS =
      Set.of(
          "accept-encoding",
          "authorization",
          "content-encoding",
          "cookie",
          "range",
          "upstream",
          "upstream-reply",
          "user-agent",
          "via",
          "x-api-key",
          "x-auth-token",
          "x-csrf-token",
          "x-xsrf-token");

  /** Headers that backends believe as a proxy's statement about the client. */
  private static final Set<String> BELIEVED =
      Set.of(
          "base-url",
          "client-ip",
          "fastly-client-ip",
          "fastly-ssl",
          "forwarded",
          "front-end-https",
          "http-client-ip",
          "http-host",
          "referer",
          "origin",
          "request-uri",
          "uri",
          "url",
          "user",
          "username",
          "x-email",
          "x-groups",
          "x-host",
          "x-http-path-override",
          "x-http-host-override",
          "x-http-destinationurl",
          "x-http-method",
          "x-http-method-override",
          "x-https",
          "x-id-token",
          "x-method-override",
          "x-override-url",
          "x-preferred-username",
          "x-proxy-url",
          "x-proxyuser-ip",
          "x-roles",
          "x-server-name",
          "x-url-scheme");

  private static final List<String> BELIEVED_BEGINNINGS =
      List.of(
          "access-control-",
          "akamai-",
          "auth-",
          "authenticated-",
          "cdn-",
          "cf-",
          "client-",
          "cloudfront-",
          "fly-",
          "incap-",
          "iv-",
          "lhttp-",
          "mellon-",
          "oidc-",
          "remote-",
          "sec-",
          "set-cookie",
          "shib-",
          "sm-",
          "ssl-",
          "tailscale-",
          "true-client-",
          "wl-proxy-",
          "x-access-token",
          "x-amz",
          "x-anonymous-",
          "x-appengine-",
          "x-arr-",
          "x-auth",
          "x-azure-",
          "x-client-",
          "x-cluster-",
          "x-consumer-",
          "x-credential-",
          "x-endpoint-api-userinfo",
          "x-envoy-",
          "x-forward",
          "x-goog-",
          "x-jwt-",
          "x-middleware-",
          "x-ms-client-",
          "x-nf-",
          "x-oauth",
          "x-original-",
          "x-originating-",
          "x-pomerium-",
          "x-proxy-",
          "x-real-",
          "x-remote-",
          "x-rewrite-",
          "x-scheme",
          "x-ssl",
          "x-tls-",
          "x-token-",
          "x-trusted-",
          "x-user",
          "x-vercel-",
          "x-vouch-",
          "x-webauth-");

  private OutgoingHeaders() {}

  /**
   * Whether filters and scripts may set this header; false for a header that frames or routes the
   * request.
   */
  public static boolean settable(String name) {
    var plain = plain(name);
    return !FRAMING.contains(plain) && !begins(plain, FRAMING_BEGINNINGS);
  }

  /**
   * Whether the server may pass on this header of a client: the header is {@link #settable}, has no
   * secret, and no backend believes it as a proxy's statement.
   */
  public static boolean passable(String name) {
    var plain = plain(name);
    return settable(name)
        && !OURS.contains(plain)
        && !BELIEVED.contains(plain)
        && !begins(plain, BELIEVED_BEGINNINGS);
  }

  private static boolean begins(String name, List<String> beginnings) {
    for (var beginning : beginnings) {
      if (name.startsWith(beginning)) {
        return true;
      }
    }
    return false;
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '-').strip();
  }
}
