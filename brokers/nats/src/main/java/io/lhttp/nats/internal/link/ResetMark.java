package io.lhttp.nats.internal.link;

import io.nats.client.impl.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The stored message that marks that a channel's history begins anew after it. It has no payload,
 * so that servers that don't know marks ignore it. Stateless.
 */
public final class ResetMark {
  private static final String HEADER = "Lhttp-Reset";

  private ResetMark() {}

  public static Headers headers() {
    var headers = new Headers();
    headers.put(HEADER, "1");
    return headers;
  }

  /** Whether a stored message, or a notification of it, is a mark. */
  public static boolean is(@Nullable Headers headers) {
    return headers != null && headers.getLast(HEADER) != null;
  }
}
