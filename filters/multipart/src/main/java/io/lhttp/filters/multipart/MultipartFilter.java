package io.lhttp.filters.multipart;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.NonBlocking;
import io.lhttp.Outcome;
import io.lhttp.message.ProtocolException;

/**
 * Refuses messages with 400 if their header {@code multipart} does not fit their body. In links
 * after this filter, {@link io.lhttp.message.Message#parts} throws nothing. All threads may use it.
 *
 * <p>Parts are views of the body, which is not copied.
 */
@KeepsRoute
@NonBlocking
public final class MultipartFilter implements Filter {
  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    try {
      exchange.request().parts();
    } catch (ProtocolException e) {
      return Outcome.refused(e.status(), e.getMessage());
    }
    return chain.proceed(exchange);
  }
}
