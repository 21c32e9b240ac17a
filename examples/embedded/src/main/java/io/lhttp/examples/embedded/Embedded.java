package io.lhttp.examples.embedded;

import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.server.LhttpServer;

/** Starts a server with this example's filter and processor. The argument is the port. */
public final class Embedded {
  private Embedded() {}

  public static void main(String[] args) throws Exception {
    var server = server(args.length > 0 ? Integer.parseInt(args[0]) : 8081).start();
    System.out.println("listening on " + server.uri());
  }

  /** The chain, in the order in which messages run through it. */
  static LhttpServer.Builder server(int port) {
    return LhttpServer.builder()
        .port(port)
        .filter("no-shouting", new NoShouting())
        .filter("pubsub", new PubSubFilter())
        .processor("hello", new Greeter());
  }
}
