package io.lhttp.filters.upstream;

import io.lhttp.message.Message;
import io.lhttp.outgoing.OutgoingHeaders;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import okhttp3.Headers;

/** Decides which headers of a message become headers of the HTTP request. Immutable. */
final class PassedHeaders {
  private static final String ALL = "*";
  private static final String CONTENT_TYPE = "content-type";

  private final boolean all;
  private final Set<String> names;

  /**
   * @param names names of headers; {@code *} stands for all that may pass
   */
  PassedHeaders(Collection<String> names) {
    this.all = names.contains(ALL);
    this.names =
        names.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .filter(OutgoingHeaders::passable)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Adds the message's headers that may pass to the request, in their order. */
  void add(Message message, Headers.Builder headers) {
    var typed = false;
    for (var header : message.headers()) {
      var name = header.name().toLowerCase(Locale.ROOT);
      var type = name.equals(CONTENT_TYPE);
      if ((all ? OutgoingHeaders.passable(name) : names.contains(name))
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
