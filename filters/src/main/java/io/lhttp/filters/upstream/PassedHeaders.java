package io.lhttp.filters.upstream;

import io.lhttp.message.Message;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import okhttp3.Headers;

/** Which of a message's headers travel as HTTP headers. */
final class PassedHeaders {
  private static final String ALL = "*";
  private static final String CONTENT_TYPE = "content-type";

  /** They belong to the connection, to HTTP itself, to us, or to proxies that backends believe. */
  private static final Set<String> NEVER =
      Set.of(
          "accept-encoding",
          "authorization",
          "cf-connecting-ip",
          "connection",
          "content-encoding",
          "content-length",
          "cookie",
          "expect",
          "forwarded",
          "host",
          "http2-settings",
          "keep-alive",
          "range",
          "te",
          "trailer",
          "trailers",
          "transfer-encoding",
          "true-client-ip",
          "upgrade",
          "upstream",
          "upstream-reply",
          "user-agent",
          "via",
          "x-client-ip",
          "x-cluster-client-ip",
          "x-host",
          "x-http-method",
          "x-http-method-override",
          "x-method-override",
          "x-real-ip");

  private static final List<String> NEVER_BEGINNING =
      List.of(
          "lhttp-",
          "proxy-",
          "sec-",
          "set-cookie",
          "x-envoy-",
          "x-forwarded",
          "x-original-",
          "x-rewrite-");

  private final boolean all;
  private final Set<String> names;

  /**
   * @param names of headers; {@code *} stands for all that may pass at all
   */
  PassedHeaders(Collection<String> names) {
    this.all = names.contains(ALL);
    this.names =
        names.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .filter(PassedHeaders::mayPass)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether a header of this name passes, whatever a configuration says. */
  static boolean mayPass(String name) {
    // many a backend reads x_real_ip and x-real-ip as the same variable
    var plain = name.toLowerCase(Locale.ROOT).replace('_', '-');
    if (NEVER.contains(plain)) {
      return false;
    }
    for (var beginning : NEVER_BEGINNING) {
      if (plain.startsWith(beginning)) {
        return false;
      }
    }
    return true;
  }

  /** Adds those of the message that pass, in their order. */
  void add(Message message, Headers.Builder headers) {
    var typed = false;
    for (var header : message.headers()) {
      var name = header.name().toLowerCase(Locale.ROOT);
      var type = name.equals(CONTENT_TYPE);
      if ((all ? mayPass(name) : names.contains(name))
          && plain(header.value())
          && !(type && typed)) {
        headers.addUnsafeNonAscii(header.name(), header.value());
        typed |= type;
      }
    }
  }

  private static boolean plain(String value) {
    for (var i = 0; i < value.length(); i++) {
      var c = value.charAt(i);
      if (Character.isISOControl(c) && c != '\t') {
        return false;
      }
    }
    return true;
  }
}
