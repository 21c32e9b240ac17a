package io.lhttp.nats.internal.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsServer;
import io.lhttp.nats.internal.link.RelayedLink;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestClient;
import io.nats.client.Nats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The queue of publications counts a message that the client of NATS refuses and leaves a gap in
 * its numbers.
 */
class PublishQueueTest {
  @TempDir private Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final SequenceTracker.Sequence sequence = new SequenceTracker("server").of("room");

  @AfterEach
  void closeAll() throws Exception {
    for (var one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void publicationRefusedByNatsClient_isCountedAndLeavesGap() throws Exception {
    var nats = opened(NatsServer.start(folder));
    var plain = opened(Nats.connect(nats.uri().toString()));
    var relayed = opened(RelayedLink.start(nats, "lhttp."));
    var queue = new PublishQueue(relayed.link, relayed.settings);
    var subscription = plain.subscribe("room");
    plain.flush(TestClient.PATIENCE);
    var first = Message.of("chat", "first");
    var next = Message.of("chat", "next");

    var connection = relayed.connection();
    queue.put(sequence, "room", first, null);
    relayed.relay.cut();
    connection.close(); // before the turn of the event loop ends, which would send the publication
    queue.flush();
    assertThat(queue.unsent()).isOne();
    assertThatThrownBy(() -> queue.put(sequence, "room", first, null))
        .isInstanceOf(RefusedException.class);

    relayed.relay.mend();
    Eventually.holds("another connection", () -> relayed.link.established() != null);
    queue.put(sequence, "room", next, null);
    queue.flush();

    var received = subscription.nextMessage(TestClient.PATIENCE);
    assertThat(received.getData()).isEqualTo(next.toBytes());
    assertThat(received.getReplyTo()).endsWith(".2");
    assertThat(queue.unsent()).isOne();
    assertThat(subscription.nextMessage(Duration.ofMillis(1))).isNull();
  }

  @Test
  void stalledNats_clientWithMuchWaiting_leavesRoomToOthers() throws Exception {
    var nats = opened(NatsServer.start(folder));
    var relayed = opened(RelayedLink.start(nats, "lhttp."));
    var queue = new PublishQueue(relayed.link, relayed.settings);
    var greedy = new RecordingConnection("greedy");
    greedy.authenticate(new Principal("greedy", Map.of()));
    var modest = new RecordingConnection("modest");
    relayed.relay.stall();

    // more messages than all sockets on the way can hold
    assertThatThrownBy(
            () -> {
              for (var i = 0; i < 100_000; i++) {
                queue.put(sequence, "room", Message.of("chat", "x".repeat(4000)), greedy);
                queue.flush();
              }
            })
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().status()).isEqualTo(429));
    queue.put(sequence, "room", Message.of("chat", "x".repeat(4000)), modest);

    relayed.relay.mend();
    Eventually.holds(
        "its publications have left",
        () -> {
          try {
            return queue.put(sequence, "room", Message.of("chat", "y"), greedy);
          } catch (RefusedException e) {
            return false;
          }
        });
  }

  private <T extends AutoCloseable> T opened(T one) {
    open.add(one);
    return one;
  }
}
