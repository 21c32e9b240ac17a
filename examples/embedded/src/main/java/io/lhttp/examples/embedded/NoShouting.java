package io.lhttp.examples.embedded;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.NonBlocking;
import io.lhttp.Outcome;
import java.util.Locale;

/** Refuses messages in capital letters. */
@KeepsRoute
@NonBlocking
final class NoShouting implements Filter {
  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var body = exchange.request().body();
    var shouting =
        !body.equals(body.toLowerCase(Locale.ROOT)) && body.equals(body.toUpperCase(Locale.ROOT));
    return shouting ? exchange.refuse(422, "no shouting") : chain.proceed(exchange);
  }
}
