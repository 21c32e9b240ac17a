package io.lhttp.bench;

import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.filters.multipart.MultipartFilter;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.Transport;
import java.util.List;
import java.util.Locale;

/** Our server as it is, with pub/sub and multipart in the chain, and an echo. */
final class BenchServer {
  private static final int CONNECTIONS = 20_000;

  private BenchServer() {}

  static void main(String[] line) throws Exception {
    var args = Args.parse(List.of(line), List.of("transport"));
    var transport = args.option("transport").orElse("auto").toUpperCase(Locale.ROOT);
    var server = start(Transport.valueOf(transport));
    System.out.printf("listening on ws://127.0.0.1:%d/%n", server.port());
  }

  /** Starts on a free port of 127.0.0.1, from which all of the load comes. */
  static LhttpServer start(Transport transport) throws Exception {
    return new LhttpServer.Builder()
        .host("127.0.0.1")
        .port(0)
        .transport(transport)
        .limits(Limits.DEFAULT.toBuilder().connectionsPerAddress(CONNECTIONS).build())
        .filter("pubsub", new PubSubFilter())
        .filter("multipart", new MultipartFilter())
        .processor("echo", new Echo())
        .start();
  }

  private static final class Echo implements Processor {
    @Override
    public void onMessage(Exchange exchange) {
      exchange.send(exchange.request().body());
    }

    @Override
    public boolean mayBlock(Message message) {
      return false;
    }
  }
}
