package io.lhttp.nats.internal.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsServer;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.nats.Relay;
import io.lhttp.nats.TestSettings;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import io.nats.client.Nats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishQueueTest {
  private static final NatsLink.Watcher NOBODY =
      new NatsLink.Watcher() {
        @Override
        public void connected() {}

        @Override
        public void disconnected() {}

        @Override
        public void dropped() {}
      };

  @TempDir private Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final SequenceTracker.Run run = new SequenceTracker("server").run("room");

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
    var relay = opened(new Relay(nats.port()));
    var settings =
        TestSettings.of(relay.uri(), "lhttp.", WhenAway.REFUSE, true, TestSettings.BUFFER);
    var link = opened(new NatsLink(settings, NOBODY));
    link.start("outbox");
    var outbox = new PublishQueue(link, settings);
    var heard = plain.subscribe("room");
    plain.flush(TestClient.PATIENCE);
    var first = Message.of("chat", "first");
    var next = Message.of("chat", "next");

    var connection = Objects.requireNonNull(link.up());
    outbox.put(run, "room", first);
    relay.cut();
    connection.close(); // the turn of the event loop has not ended yet
    outbox.flush();
    assertThat(outbox.unsent()).isOne();
    assertThatThrownBy(() -> outbox.put(run, "room", first)).isInstanceOf(RefusedException.class);

    relay.mend();
    Eventually.holds("another connection", () -> link.up() != null);
    outbox.put(run, "room", next);
    outbox.flush();

    var received = heard.nextMessage(TestClient.PATIENCE);
    assertThat(received.getData()).isEqualTo(next.toBytes());
    assertThat(received.getReplyTo()).endsWith(".2");
    assertThat(outbox.unsent()).isOne();
    assertThat(heard.nextMessage(Duration.ofMillis(1))).isNull();
  }

  private <T extends AutoCloseable> T opened(T one) {
    open.add(one);
    return one;
  }
}
