package io.lhttp.bench.nats;

import io.lhttp.bench.Args;
import io.lhttp.bench.FloorServer;
import io.lhttp.bench.Io;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.util.List;

/**
 * The floor server with the simplest use of NATS: a subscription at NATS for every connection, and
 * a system call for every message. All else is as fast as in the floor.
 */
final class NaiveServer {
  private NaiveServer() {}

  static void main(String[] line) throws Exception {
    var args = Args.parse(List.of(line), List.of("transport", "nats"));
    var options =
        Options.builder()
            .server(args.option("nats").orElseThrow())
            .maxMessagesInOutgoingQueue(Integer.MAX_VALUE) // publishing never waits
            .build();
    var nats = Nats.connect(options);
    var io = Io.named(args.option("transport").orElse("auto"));
    var server = FloorServer.start(io, loops -> new NaiveChannel(nats));
    System.out.printf("listening on ws://127.0.0.1:%d/%n", server.port());
  }
}
