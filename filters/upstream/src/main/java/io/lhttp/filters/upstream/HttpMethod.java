package io.lhttp.filters.upstream;

import java.util.List;
import java.util.stream.Collectors;

/** The HTTP methods that a message may use; no other word is sent. */
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
   * Returns the method of this exact name.
   *
   * @throws IllegalArgumentException with a message that completes "expected …"
   */
  public static HttpMethod parse(String name) {
    for (var method : ALL) {
      if (method.name().equals(name)) {
        return method;
      }
    }
    throw new IllegalArgumentException("one of " + all());
  }

  /** Whether the message's body is sent. */
  boolean hasBody() {
    return body;
  }

  /** Whether to send it twice is to send it once (RFC 9110, section 9.2.2). */
  boolean idempotent() {
    return idempotent;
  }

  /** Whether it asks for something: its answer goes back to the sender in any case. */
  boolean asks() {
    return this == GET || this == HEAD;
  }

  private static String all() {
    return ALL.stream().map(HttpMethod::name).collect(Collectors.joining(", "));
  }
}
