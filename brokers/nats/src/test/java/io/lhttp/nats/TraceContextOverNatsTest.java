package io.lhttp.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Broker;
import io.lhttp.channel.History;
import io.lhttp.channel.Publications;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.testing.Eventually;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trace context of a publication reaches the other servers, with and without a history. */
class TraceContextOverNatsTest {
  private static final String CONTEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  private static final Message TRACED =
      Message.builder("say").header(Publications.TRACE_CONTEXT, CONTEXT).body("hi").build();

  @TempDir private Path folder;

  private final NatsCluster cluster = new NatsCluster();
  private NatsBroker one;
  private NatsBroker other;

  @BeforeEach
  void start() throws Exception {
    var nats = cluster.start(folder, "-js");
    var settings = TestSettings.of(nats, "lhttp.", WhenAway.REFUSE, true);
    var histories = Map.of("kept", Retention.DEFAULT);
    one = cluster.broker(settings, histories);
    other = cluster.broker(settings, histories);
  }

  @AfterEach
  void close() throws Exception {
    cluster.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "kept"})
  void publication_bringsContextToOtherServers(String channel) throws Exception {
    var subscriber = new Subscriber();
    var feed = other.subscribe(channel, subscriber);
    other.flush();
    if (feed.history().isPresent()) {
      feed.history().get().reaches(Optional.empty()).toCompletableFuture().join();
    }

    Eventually.holds(
        "a publication arrives", // one may come before the subscription does
        () -> {
          one.publish(channel, TRACED).toCompletableFuture().join();
          one.flush();
          return !subscriber.published.isEmpty();
        });

    var published = subscriber.published.element();
    assertThat(published.header(Publications.TRACE_CONTEXT)).contains(CONTEXT);
    for (var delivery : subscriber.deliveries) {
      assertThat(delivery.header(Publications.TRACE_CONTEXT)).isEmpty();
      assertThat(delivery.body()).isEqualTo("hi");
    }
    assertThat(subscriber.deliveries.isEmpty()).isEqualTo(channel.equals("plain"));
  }

  /** Collects the messages as the brokers bring them, and the deliveries of histories. */
  private static final class Subscriber implements Broker.Subscriber {
    final BlockingQueue<Message> published = new LinkedBlockingQueue<>();
    final BlockingQueue<Message> deliveries = new LinkedBlockingQueue<>();

    @Override
    public void deliver(Message message) {
      published.add(message);
    }

    @Override
    public void deliver(History.Entry entry, Message message) {
      deliveries.add(entry.message());
      published.add(message);
    }
  }
}
