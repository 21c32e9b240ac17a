package io.lhttp.bench;

import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.channel.Broker;
import io.lhttp.filters.auth.AuthFilter;
import io.lhttp.filters.auth.AuthOptions;
import io.lhttp.filters.multipart.MultipartFilter;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.ratelimit.Limit;
import io.lhttp.filters.ratelimit.RateLimitFilter;
import io.lhttp.filters.ratelimit.RateLimitOptions;
import io.lhttp.filters.upstream.AllowRule;
import io.lhttp.filters.upstream.ClientTargetRules;
import io.lhttp.filters.upstream.UpstreamFilter;
import io.lhttp.filters.upstream.UpstreamOptions;
import io.lhttp.nats.NatsBroker;
import io.lhttp.nats.NatsSettings;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.Transport;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Runs our complete server, with pub/sub and multipart in the chain and an echo processor. */
public final class BenchServer {
  private static final int CONNECTIONS = 20_000;

  private BenchServer() {}

  static void main(String[] line) throws Exception {
    var args =
        Args.parse(
            List.of(line),
            List.of("transport", "filters", "statistics", "backend", "nats", "loops"));
    var transport = args.option("transport").orElse("auto").toUpperCase(Locale.ROOT);
    var filters = args.option("filters").isPresent();
    var statistics = !args.option("statistics").equals(Optional.of("off"));
    var builder = builder(filters, statistics, args.option("backend"));
    args.option("nats").map(BenchServer::nats).ifPresent(builder::broker);
    if (args.option("loops").isPresent()) {
      builder.eventLoops(args.number("loops", 1, 1, 1_024));
    }
    var server = builder.transport(Transport.valueOf(transport)).start();
    System.out.printf("listening on ws://127.0.0.1:%d/%n", server.port());
  }

  /** Starts on a free port of 127.0.0.1. */
  static LhttpServer start(Transport transport) throws Exception {
    return builder(false, true, Optional.empty()).transport(transport).start();
  }

  /**
   * @param filters whether auth and rate limit are in the chain
   * @param statistics whether the server counts and measures times
   * @param backend an HTTP server's address and port, to which messages may be forwarded
   */
  private static LhttpServer.Builder builder(
      boolean filters, boolean statistics, Optional<String> backend) {
    var builder = LhttpServer.builder().statistics(statistics);
    if (filters) {
      builder.filter("auth", auth()).filter("rate-limit", rateLimit());
    }
    backend.ifPresent(address -> builder.filter("upstream", upstream(address)));
    return builder
        .host("127.0.0.1")
        .port(0)
        .limits(
            Limits.builder()
                .connectionsPerAddress(CONNECTIONS)
                .handshakesPerAddress(CONNECTIONS)
                .build())
        .filter("pubsub", new PubSubFilter())
        .filter("multipart", new MultipartFilter())
        .processor("echo", new Echo());
  }

  private static Broker nats(String url) {
    return new NatsBroker(NatsSettings.DEFAULT.servers(List.of(URI.create(url))));
  }

  private static AuthFilter auth() {
    return new AuthFilter(
        AuthOptions.builder()
            .apiKey("load", LoadBytes.TOKEN)
            .grace(Duration.ZERO)
            .login(Duration.ofSeconds(10))
            .build());
  }

  /** A limit above the load, so that no message is refused. */
  private static RateLimitFilter rateLimit() {
    return new RateLimitFilter(RateLimitOptions.of(Limit.of("connection", "100000000/s")));
  }

  private static UpstreamFilter upstream(String address) {
    var target = AllowRule.parse("http://" + address + "/record");
    var named = new UpstreamOptions.Named(List.of(target), Optional.empty());
    return new UpstreamFilter(
        UpstreamOptions.builder()
            .named(Map.of("backend", named))
            .fromClients(ClientTargetRules.ANY)
            .build());
  }

  private static final class Echo implements Processor {
    @Override
    public void onMessage(Exchange exchange) {
      exchange.send(exchange.request().body());
    }

    @Override
    public boolean mayBlock() {
      return false;
    }
  }
}
