package io.lhttp.filters.upstream;

import java.util.Set;
import java.util.function.LongSupplier;

/** Creates targets with the options that all targets of the filter share. */
record Targets(UpstreamOptions options, HttpClients http, LongSupplier nanoTime) {
  private static final int NEVER = 0;

  Target of(AllowRule rule) {
    var policy = new AddressPolicy(Set.copyOf(options.addresses())).with(rule.host());
    var breaker = options.breaker();
    return new Target(
        rule,
        http.client(policy, options.connectTimeout()),
        new ConcurrencyLimiter(options.concurrency(), options.queue()),
        new TargetBreaker(
            rule.wild() || rule.port() == 0 ? NEVER : breaker.failures(),
            breaker.pause(),
            nanoTime));
  }
}
