package io.lhttp.nats.internal.jetstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.lhttp.ClientKey;
import io.lhttp.RefusedException;
import io.lhttp.channel.Retention;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Subjects;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clients share the number of channels whose histories a server keeps. */
class ReplicasTest {
  private static final ClientKey JACK = new ClientKey.User("jack");
  private static final ClientKey JILL = new ClientKey.User("jill");

  private final HistoryStream stream =
      new HistoryStream(
          new NatsLink(
              NatsSettings.DEFAULT,
              new NatsLink.Watcher() {
                @Override
                public void connected() {}

                @Override
                public void disconnected() {}

                @Override
                public void dropped() {}
              }),
          NatsSettings.DEFAULT,
          new Subjects("lhttp."),
          "room:*",
          Retention.DEFAULT,
          () -> {});
  private final Replicas replicas = new Replicas();

  @Test
  void clientWithManyChannels_leavesRoomToOthers() {
    var jacks = new ArrayList<ChannelReplica>();
    var refused = addUntilRefused(JACK, jacks);
    assertThat(refused.refusal().status()).isEqualTo(429);
    assertThat(jacks).hasSize(5_000);

    assertThat(addUntilRefused(JILL, new ArrayList<>()).refusal().status()).isEqualTo(429);

    jacks.subList(0, 10).forEach(replicas::end);
    replicas.end(jacks.getFirst());
    var more = new ArrayList<ChannelReplica>();
    addUntilRefused(new ClientKey.User("john"), more);
    assertThat(more).hasSize(1_255);
    replicas.endAll();
    assertThat(replicas.all()).isEmpty();
    assertThat(replicas.source(jacks.getLast())).isNull();
  }

  private RefusedException addUntilRefused(ClientKey client, List<ChannelReplica> added) {
    return catchThrowableOfType(
        RefusedException.class,
        () -> {
          while (true) {
            var channel = "room:" + client + added.size();
            added.add(replicas.add(stream, channel, message -> {}, replica -> {}, client));
          }
        });
  }
}
