package io.lhttp.filters.upstream;

import java.util.List;
import java.util.stream.Collectors;

/** The HTTP methods that a message may use. */
public enum HttpMethod {
  GET(false, true),
  HEAD(false, true),
  POST(true, false),
  PUT(true, true),
  PATCH(true, false),
  DELETE(false, true);

  private static final List<HttpMethod> ALL = List.of(values());

  private final boolean body;
  private final boolean idempotent;

  HttpMethod(boolean body, boolean idempotent) {
    this.body = body;
    this.idempotent = idempotent;
  }

  /**
   * Returns the method of this name, which is in upper case.
   *
   * @throws IllegalArgumentException with a text that completes a message after "expected"
   */
  public static HttpMethod parse(String name) {
    for (var method : ALL) {
      if (method.name().equals(name)) {
        return method;
      }
    }
    throw new IllegalArgumentException("one of " + all());
  }

  /** Whether a request with this method has the message's body. */
  boolean hasBody() {
    return body;
  }

  /**
   * Whether repeating a request with this method has the same effect as sending it once (RFC 9110,
   * section 9.2.2).
   */
  boolean idempotent() {
    return idempotent;
  }

  /** Whether the answer goes back to the sender even without {@code upstream-reply}. */
  boolean asks() {
    return this == GET || this == HEAD;
  }

  private static String all() {
    return ALL.stream().map(HttpMethod::name).collect(Collectors.joining(", "));
  }
}
