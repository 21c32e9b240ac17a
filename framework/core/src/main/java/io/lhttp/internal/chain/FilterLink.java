package io.lhttp.internal.chain;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.chain.OnError;
import io.lhttp.internal.measure.Clients;
import io.lhttp.internal.measure.LinkMeter;
import io.lhttp.message.Message;
import org.jspecify.annotations.Nullable;

/** A filter in its place in the chain, and the link behind it; its pipeline owns it. Immutable. */
final class FilterLink implements Link {
  static final String KIND = "filter";

  /** The link's bit among those whose failures {@link Clients} count. */
  final long bit;

  final String name;
  final Filter filter;
  final OnError onError;
  final @Nullable LinkMeter meter;
  final Failures failures;
  final Blocking blocking;
  final FilterHooks hooks;
  private final ContextLoader loader;

  /** Whether the filter never rewrites a message so that other links behind it may block. */
  final boolean keepsRoute;

  private final Rest rest;

  FilterLink(
      int index,
      long bit,
      Pipeline.NamedFilter named,
      @Nullable LinkMeter meter,
      int generation,
      Link next) {
    this.bit = bit;
    this.name = named.name();
    this.filter = named.filter();
    this.loader = ContextLoader.of(filter);
    this.onError = named.onError();
    this.meter = meter;
    this.failures = new Failures(KIND, name, bit, meter);
    this.blocking =
        Blocking.of(
            filter,
            Filter.class,
            failures.property("mayBlock", generation, filter::mayBlock, true));
    this.keepsRoute = failures.property("keepsRoute", generation, filter::keepsRoute, false);
    this.hooks = new FilterHooks(filter, bit, failures, loader);
    this.rest = new Rest(index, name, next);
  }

  @Override
  public Outcome run(RunningExchange exchange) {
    var trace = exchange.trace();
    return trace == null ? filter(exchange) : trace.run(name, exchange, this::filter);
  }

  private Outcome filter(RunningExchange exchange) {
    var outer = exchange.enter(name);
    var start = exchange.clock();
    Outcome outcome;
    var before = loader.enter();
    try {
      outcome = exchange.require(filter.filter(exchange, rest), name, filter.getClass());
    } catch (Throwable thrown) {
      exchange.threw(thrown);
      outcome =
          onError == OnError.SKIP ? skip(exchange, thrown) : failures.refusal(exchange, thrown);
    } finally {
      loader.leave(before);
      exchange.leave(outer);
    }
    outcome = exchange.settle(rest.index, outcome);
    if (meter != null) {
      meter.count(exchange, exchange.ownTime(start));
      if (!exchange.passedOn(rest.index, outcome)) {
        meter.refused(exchange, outcome);
      }
    }
    return outcome;
  }

  /**
   * Whether the filter may block while it handles this message; true if it throws when it is asked.
   */
  boolean mayBlock(Message message, int generation) {
    var before = loader.enter();
    try {
      return filter.mayBlock(message);
    } catch (Throwable thrown) {
      failures.log("mayBlock", "-", generation, thrown);
      return true;
    } finally {
      loader.leave(before);
    }
  }

  /**
   * Continues without the filter: with the outcome of the links behind it, which run now if they
   * have not.
   */
  private Outcome skip(RunningExchange exchange, Throwable thrown) {
    failures.log(exchange, thrown);
    var trace = exchange.trace();
    if (trace != null) {
      trace.skipped();
    }
    if (exchange.reached() <= rest.index) {
      return rest.proceed(exchange);
    }
    var inner = exchange.inner(rest.index);
    return inner == null ? failures.refusal(exchange, thrown) : inner;
  }

  /** The part of the chain behind this filter, which the filter calls to proceed. */
  private record Rest(int index, String name, Link next) implements Chain {
    @Override
    public Outcome proceed(Exchange exchange) {
      if (!(exchange instanceof RunningExchange running)) {
        throw new IllegalArgumentException(
            "filter '" + name + "' has to proceed with the exchange that it was given");
      }
      var refusal = running.refusal();
      if (refusal != null) {
        return refusal;
      }
      running.advance(index, name);
      return running.keep(index, next.run(running));
    }
  }
}
