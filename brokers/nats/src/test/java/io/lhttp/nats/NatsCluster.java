package io.lhttp.nats;

import io.lhttp.AddressBlock;
import io.lhttp.channel.Retention;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.TrustedProxies;
import io.lhttp.testing.TestClient;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Brokers, servers and clients of one NATS, which a test starts and closes together. */
final class NatsCluster implements AutoCloseable {
  private final List<AutoCloseable> open = new ArrayList<>();
  private @Nullable NatsServer nats;
  private @Nullable Connection plain;

  /** Starts the cluster's NATS, or aborts the test if this machine has none. */
  NatsServer start(Path folder, String... arguments) throws IOException {
    var started = keep(NatsServer.start(folder, arguments));
    nats = started;
    return started;
  }

  /** Keeps an object that is closed with the cluster, before all that were kept earlier. */
  <T extends AutoCloseable> T keep(T one) {
    open.add(one);
    return one;
  }

  NatsBroker broker(NatsSettings settings) {
    return broker(settings, Map.of());
  }

  NatsBroker broker(NatsSettings settings, Map<String, Retention> histories) {
    var broker = keep(new NatsBroker(settings, histories));
    broker.start();
    return broker;
  }

  /** Starts a server over this broker, which the server starts and the cluster closes. */
  LhttpServer server(NatsBroker broker) {
    try {
      return keep(
          LhttpServer.builder()
              .host("127.0.0.1")
              .port(0)
              .eventLoops(2)
              .broker(keep(broker))
              .trustedProxies(TrustedProxies.of(List.of(AddressBlock.parse("127.0.0.1"))))
              .filter("pubsub", new PubSubFilter())
              .start());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  TestClient connect(LhttpServer server) {
    return keep(TestClient.connect(server.uri()));
  }

  /** Returns a plain client of NATS, the same one in each call. */
  Connection plain() throws IOException, InterruptedException {
    var connection = plain;
    if (connection == null) {
      var uri = Objects.requireNonNull(nats).uri().toString();
      connection =
          keep(
              Nats.connect(
                  new Options.Builder()
                      .server(uri)
                      .supportUTF8Subjects()
                      .connectionTimeout(TestClient.PATIENCE)
                      .build()));
      plain = connection;
    }
    return connection;
  }

  /** Returns once NATS knows all subscriptions of all brokers. */
  void settle() throws Exception {
    for (var one : open) {
      if (one instanceof NatsBroker broker) {
        broker.settle(TestClient.PATIENCE);
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (var one : open.reversed()) {
      try {
        one.close();
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }

  /** Returns the status with which a server answers {@code /readyz}. */
  static int readiness(LhttpServer server) {
    return status(HttpRequest.newBuilder(uri(server, "/readyz")).build());
  }

  /** Publishes a message over HTTP and returns the answer's status. */
  static int post(LhttpServer server, Message message) {
    return post(server, message, "127.0.0.1");
  }

  /**
   * As {@link #post(LhttpServer, Message)}.
   *
   * @param address the address of the client, which the test's proxy has
   */
  static int post(LhttpServer server, Message message, String address) {
    return status(
        HttpRequest.newBuilder(uri(server, "/publish"))
            .header("X-Forwarded-For", address)
            .POST(HttpRequest.BodyPublishers.ofByteArray(message.toBytes()))
            .build());
  }

  static URI uri(LhttpServer server, String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  private static int status(HttpRequest request) {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.discarding()).statusCode();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
