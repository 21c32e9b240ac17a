package io.lhttp.pipeline;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;

/** A filter in its place in the chain, and what comes after it. Immutable. */
final class FilterLink implements Link {
  final String name;
  final Filter filter;
  private final OnError onError;
  private final Rest rest;

  FilterLink(int index, String name, Filter filter, OnError onError, Link next) {
    this.name = name;
    this.filter = filter;
    this.onError = onError;
    this.rest = new Rest(index, name, next);
  }

  @Override
  public Outcome run(RunningExchange exchange) {
    var outer = exchange.enter(name);
    try {
      return exchange.require(filter.filter(exchange, rest), name);
    } catch (Throwable thrown) {
      return onError == OnError.SKIP
          ? skip(exchange, thrown)
          : Failures.refusal("filter", name, exchange, thrown);
    } finally {
      exchange.leave(outer);
    }
  }

  /** What the inner links have said stands; where they were not asked yet, they are asked now. */
  private Outcome skip(RunningExchange exchange, Throwable thrown) {
    Failures.log("filter", name, exchange, thrown);
    return exchange.reached() > rest.index ? exchange.inner(rest.index) : rest.proceed(exchange);
  }

  /** The chain as this filter sees it. */
  private record Rest(int index, String name, Link next) implements Chain {
    @Override
    public Outcome proceed(Exchange exchange) {
      if (!(exchange instanceof RunningExchange running)) {
        throw new IllegalArgumentException(
            "filter '" + name + "' has to proceed with the exchange that it was given");
      }
      running.advance(index, name);
      return running.keep(index, next.run(running));
    }
  }
}
