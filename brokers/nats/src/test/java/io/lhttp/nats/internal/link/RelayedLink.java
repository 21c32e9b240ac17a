package io.lhttp.nats.internal.link;

import static java.util.Objects.requireNonNull;

import io.lhttp.nats.NatsServer;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.nats.Relay;
import io.lhttp.nats.TestSettings;
import io.nats.client.Connection;
import java.io.IOException;

/** A link to NATS over a relay, which a test cuts or stalls. */
public final class RelayedLink implements AutoCloseable {
  private static final NatsLink.Watcher NOBODY =
      new NatsLink.Watcher() {
        @Override
        public void connected() {}

        @Override
        public void disconnected() {}

        @Override
        public void dropped() {}
      };

  public final Relay relay;
  public final NatsSettings settings;
  public final NatsLink link;

  private RelayedLink(NatsServer nats, String prefix) throws IOException {
    relay = new Relay(nats.port());
    settings = TestSettings.of(relay.uri(), prefix, WhenAway.REFUSE, true, TestSettings.BUFFER);
    link = new NatsLink(settings, NOBODY);
  }

  /** Starts a relay to this NATS and connects over it. */
  public static RelayedLink start(NatsServer nats, String prefix) throws IOException {
    var relayed = new RelayedLink(nats, prefix);
    relayed.link.start(prefix);
    return relayed;
  }

  /** Returns the connection that is up. */
  public Connection connection() {
    return requireNonNull(link.established());
  }

  @Override
  public void close() throws IOException {
    link.close();
    relay.close();
  }
}
