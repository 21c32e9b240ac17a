package io.lhttp.nats;

import io.lhttp.channel.Broker;
import io.lhttp.channel.Retention;
import io.lhttp.nats.NatsSettings.WhenAway;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** {@code NatsBroker} with JetStream passes the contract of channels with history. */
class JetStreamHistoryTest extends HistoryContract {
  @TempDir static Path folder;

  private static final AtomicInteger number = new AtomicInteger();
  private static NatsServer nats;

  @BeforeAll
  static void startNats() throws Exception {
    nats = NatsServer.start(folder, "-js");
  }

  @AfterAll
  static void stopNats() {
    if (nats != null) {
      nats.close();
    }
  }

  @Override
  protected Broker create(Map<String, Retention> histories) {
    var prefix = "test" + number.incrementAndGet() + ".";
    return new NatsBroker(TestSettings.of(nats, prefix, WhenAway.REFUSE, true), histories);
  }
}
