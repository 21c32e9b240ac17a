package io.lhttp.spring.scanned;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.spring.LhttpFilter;
import org.springframework.core.annotation.Order;

/** A filter that component scanning finds. */
@LhttpFilter("no-swearing")
@Order(1)
final class NoSwearing implements Filter {
  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    return exchange.request().body().contains("damn")
        ? exchange.refuse(422, "no swearing")
        : chain.proceed(exchange);
  }
}
