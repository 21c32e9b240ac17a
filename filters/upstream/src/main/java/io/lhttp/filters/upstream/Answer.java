package io.lhttp.filters.upstream;

import java.io.IOException;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.Response;
import okio.ByteString;

/**
 * The response of an upstream.
 *
 * @param from the target that responded
 * @param url the requested URL
 */
record Answer(
    Target from,
    HttpUrl url,
    int status,
    Optional<String> contentType,
    Optional<String> location,
    Optional<String> cacheControl,
    ByteString body) {
  private static final int LONGEST_HEADER = 1024;

  /** Thrown if a response's body is longer than allowed. */
  static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(int most) {
      super("an answer of more than " + most + " bytes");
    }
  }

  /**
   * Reads the whole response, decompressed.
   *
   * @throws TooLargeException if the body is longer than {@code most} bytes
   */
  static Answer read(Target from, Response response, int most) throws IOException {
    var source = response.body().source();
    if (source.request(most + 1L)) {
      throw new TooLargeException(most);
    }
    return new Answer(
        from,
        response.request().url(),
        response.code(),
        header(response, "content-type"),
        header(response, "location"),
        header(response, "cache-control"),
        source.getBuffer().readByteString());
  }

  boolean successful() {
    return status >= 200 && status <= 299;
  }

  /** Whether the status says that another attempt, at this or another target, may succeed. */
  boolean unavailable() {
    return status >= 502 && status <= 504;
  }

  boolean redirects() {
    return location.isPresent()
        && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
  }

  /** The method of the request that follows a redirect (RFC 9110, section 15.4). */
  HttpMethod redirected(HttpMethod method) {
    var changes = status == 303 || (status <= 302 && method == HttpMethod.POST);
    return changes && method != HttpMethod.HEAD ? HttpMethod.GET : method;
  }

  private static Optional<String> header(Response response, String name) {
    var value = response.header(name);
    return value == null || value.length() > LONGEST_HEADER || !printable(value)
        ? Optional.empty()
        : Optional.of(value);
  }

  private static boolean printable(String value) {
    for (var i = 0; i < value.length(); i++) {
      if (Character.isISOControl(value.charAt(i))) {
        return false;
      }
    }
    return true;
  }
}
