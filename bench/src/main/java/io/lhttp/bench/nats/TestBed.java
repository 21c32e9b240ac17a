package io.lhttp.bench.nats;

import io.lhttp.bench.AppServer;
import io.lhttp.bench.Bench;
import io.lhttp.bench.ChildJvm;
import io.lhttp.bench.FloorServer;
import io.lhttp.bench.Result;
import io.lhttp.bench.cluster.Nats;
import io.lhttp.bench.cluster.Scratch;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** A NATS, and the servers that use it. */
final class TestBed implements AutoCloseable {
  /** Limits that no load here reaches. */
  private static final String APPLICATION =
      """
      listen: 127.0.0.1:0
      chain: [ pubsub, multipart ]
      limits:
        connections-per-address: 20000
        handshakes-per-address: 20000
        channels: 200000
        queue-bytes: 16MiB
        delivery-bytes: 64MiB
      probation: 0s
      log: { level: error }
      """;

  private final Scratch folder = new Scratch();
  private final String transport;
  private final int monitor = Nats.freePort();
  private final Nats nats;
  private int servers;

  TestBed(String transport) throws IOException, InterruptedException {
    this.transport = transport;
    this.nats =
        Nats.start(
            Files.createDirectory(folder.path().resolve("jetstream")),
            "-m",
            Integer.toString(monitor));
  }

  /** Starts our server with channels in memory. */
  AppServer onMemory(String more) throws Exception {
    return serve(more);
  }

  /**
   * Starts our server with channels over NATS; its own subscribers get publications from NATS, too.
   */
  AppServer onNats(String more) throws Exception {
    return serve(
        more
            + "broker: { nats: { servers: [ \"%s\" ], local-delivery: false } }\n"
                .formatted(url()));
  }

  /** Starts the floor server, without NATS. */
  ChildJvm floor() throws IOException {
    return ChildJvm.start(Bench.FLAGS, FloorServer.class, List.of("--transport", transport));
  }

  /** The {@link NaiveServer}. */
  ChildJvm naive() throws IOException {
    return ChildJvm.start(
        Bench.FLAGS, NaiveServer.class, List.of("--transport", transport, "--nats", url()));
  }

  /** Runs {@link BareNats}, in turn with one subject and with many; prints the results. */
  List<Result> bare(List<String> options) throws IOException, InterruptedException {
    var words = new ArrayList<>(List.of("--nats", url()));
    words.addAll(options);
    return ChildJvm.results(Bench.FLAGS, BareNats.class, words);
  }

  /** The number of subscriptions to a subject, of all clients of NATS. */
  long subscriptions(String subject) throws IOException, InterruptedException {
    var uri = URI.create("http://127.0.0.1:%d/connz?subs=1&limit=1024".formatted(monitor));
    try (var http = HttpClient.newHttpClient()) {
      var answer =
          http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
      return answer.body().lines().filter(line -> line.contains("\"" + subject + "\"")).count();
    }
  }

  private String url() {
    return "nats://127.0.0.1:" + nats.port();
  }

  private AppServer serve(String more) throws Exception {
    var application = Files.createDirectory(folder.path().resolve("application-" + servers++));
    Files.writeString(
        application.resolve("lhttp.yaml"), APPLICATION + "transport: " + transport + "\n" + more);
    return AppServer.start("ours", application, Bench.FLAGS, false);
  }

  @Override
  public void close() throws IOException {
    nats.close();
    folder.close();
  }
}
