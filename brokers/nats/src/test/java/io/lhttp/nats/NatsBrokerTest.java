package io.lhttp.nats;

import io.lhttp.channel.Broker;
import io.lhttp.testing.BrokerContract;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** {@code NatsBroker} passes the contract of brokers over a real NATS. */
class NatsBrokerTest {
  @TempDir static Path folder;

  private static NatsServer nats;

  @BeforeAll
  static void startNats() throws Exception {
    nats = NatsServer.start(folder);
  }

  @AfterAll
  static void stopNats() {
    if (nats != null) {
      nats.close();
    }
  }

  @Nested
  class DeliveringToItsOwnServerItself extends BrokerContract {
    @Override
    protected Broker create() {
      return new NatsBroker(NatsSettings.DEFAULT.servers(List.of(nats.uri())));
    }
  }

  @Nested
  class DeliveringByWayOfNats extends BrokerContract {
    @Override
    protected Broker create() {
      return new NatsBroker(TestSettings.of(nats, "lhttp.", NatsSettings.WhenAway.REFUSE, false));
    }
  }
}
