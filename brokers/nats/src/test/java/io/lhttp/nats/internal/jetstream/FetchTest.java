package io.lhttp.nats.internal.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Metric;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsBroker;
import io.lhttp.nats.NatsServer;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.nats.TestSettings;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker fetches the histories of many channels over one connection. */
class FetchTest {
  private static final Map<String, Retention> HISTORIES =
      Map.of("room:*", new Retention(5, Duration.ofMinutes(10), 1 << 20));

  private static final List<String> CHANNELS =
      IntStream.range(0, 200).mapToObj(i -> "room:" + i).toList();

  @TempDir private Path folder;

  @Test
  void manyHistories_areFetchedOverOneConnection() throws Exception {
    try (var nats = NatsServer.start(folder, "-js");
        var publisher = broker(nats);
        var subscriber = broker(nats)) {
      var message = Message.builder("chat").body("hello").build();
      await(CHANNELS.stream().map(channel -> publisher.publish(channel, message)));

      var histories =
          CHANNELS.stream()
              .map(
                  channel -> subscriber.subscribe(channel, published -> {}).history().orElseThrow())
              .toList();
      await(histories.stream().map(history -> history.reaches(Optional.empty())));

      assertThat(histories).allMatch(history -> history.after(0, 5).entries().size() == 1);
      assertThat(subscriber.metrics())
          .filteredOn(measure -> measure.name().equals("nats_errors"))
          .extracting(Metric::value)
          .containsExactly(0.0);
    }
  }

  @Test
  void subscriberThrowingOnce_receivesLaterMessages() throws Exception {
    try (var nats = NatsServer.start(folder, "-js");
        var broker = broker(nats)) {
      var calls = new AtomicInteger();
      var feed =
          broker.subscribe(
              "room:a",
              published -> {
                if (calls.incrementAndGet() == 1) {
                  throw new StackOverflowError();
                }
              });
      var history = feed.history().orElseThrow();

      for (var i = 0; i < 3; i++) {
        await(Stream.of(feed.publish(Message.of("chat", "hello"))));
      }

      Eventually.holds("others are delivered", () -> calls.get() >= 2);
      await(Stream.of(history.reaches(Optional.empty())));
      Eventually.holds("all are remembered", () -> history.after(0, 5).entries().size() == 3);
    }
  }

  private static NatsBroker broker(NatsServer nats) {
    var settings =
        TestSettings.of(nats.uri(), "lhttp.", WhenAway.REFUSE, true, TestSettings.BUFFER);
    var broker = new NatsBroker(settings, HISTORIES);
    broker.start();
    return broker;
  }

  private static void await(Stream<CompletionStage<Void>> stages) throws Exception {
    CompletableFuture.allOf(
            stages.map(stage -> stage.toCompletableFuture()).toArray(CompletableFuture<?>[]::new))
        .get(TestClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
