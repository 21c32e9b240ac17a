package com.example.chat;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.spring.LhttpFilter;
import java.util.Locale;

/** Refuses messages in capital letters. */
@LhttpFilter("no-shouting")
class NoShouting implements Filter {
  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    String body = exchange.request().body();
    boolean shouting =
        body.equals(body.toUpperCase(Locale.ROOT)) && !body.equals(body.toLowerCase(Locale.ROOT));
    return shouting ? exchange.refuse(422, "no shouting") : chain.proceed(exchange);
  }
}
