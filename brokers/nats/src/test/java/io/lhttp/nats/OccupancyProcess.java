package io.lhttp.nats;

import io.lhttp.channel.Broker;
import io.lhttp.filters.occupancy.Occupancy;
import io.lhttp.filters.occupancy.OccupancyEvent;
import io.lhttp.filters.occupancy.OccupancyListener;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.server.LhttpServer;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;

/** A server that reports occupied channels; also a process of its own, which a test can kill. */
final class OccupancyProcess {
  private OccupancyProcess() {}

  /** Prints the port, and then a line for each event. */
  public static void main(String[] arguments) throws Exception {
    var server = start(URI.create(arguments[0]), event -> System.out.println(line(event)));
    System.out.println("listening " + server.server.port());
    Thread.currentThread().join();
  }

  record Running(LhttpServer server, Broker broker, NatsBroker nats) {}

  static Running start(URI nats, Consumer<OccupancyEvent> events) throws Exception {
    var occupancy = new Occupancy();
    occupancy.add(
        new OccupancyListener() {
          @Override
          public String name() {
            return "test";
          }

          @Override
          public boolean covers(String channel) {
            return channel.startsWith("room");
          }

          @Override
          public void report(OccupancyEvent event, End end) {
            events.accept(event);
            end.reported(true);
          }
        });
    var broker = new NatsBroker(NatsSettings.DEFAULT.servers(List.of(nats)));
    var over = occupancy.over(broker);
    var server =
        LhttpServer.builder()
            .host("127.0.0.1")
            .port(0)
            .broker(over)
            .filter("pubsub", new PubSubFilter())
            .start();
    return new Running(server, over, broker);
  }

  static String line(OccupancyEvent event) {
    return "%s %s %s %d"
        .formatted(
            event.occupied() ? "occupied" : "vacated",
            event.channel(),
            event.occupation(),
            event.version());
  }
}
