package io.lhttp.filters.upstream;

import io.lhttp.Outcome;
import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.util.function.UnaryOperator;

/** Helpers for tests of {@code upstream}: a chain with that filter alone, and messages for it. */
public final class Upstreams {
  private Upstreams() {}

  public static double measure(UpstreamFilter filter, String name) {
    return filter.metrics().stream()
        .filter(m -> m.name().equals(name))
        .mapToDouble(m -> m.value())
        .sum();
  }

  public static UpstreamOptions options(UnaryOperator<UpstreamOptions.Builder> change) {
    return change.apply(UpstreamOptions.builder()).build();
  }

  public static Message.Builder message(String upstream) {
    return Message.builder("chat").header("upstream", upstream);
  }

  public static TestChain chain(UpstreamOptions options) {
    return TestChain.builder().filter("upstream", new UpstreamFilter(options)).build();
  }

  public static TestChain.Result send(UpstreamOptions options, Message message) {
    try (var chain = chain(options)) {
      return chain.send(chain.connect("jack"), message);
    }
  }

  public static Outcome outcome(UpstreamOptions options, String header) {
    return send(options, message(header).build()).outcome();
  }
}
