package io.lhttp.client;

import java.util.Random;
import java.util.random.RandomGenerator;

/** The time, chance and network that a client works with. */
record Environment(Timer timer, RandomGenerator random, Transport.Factory transports) {
  static Environment system() {
    return new Environment(Timer.SYSTEM, new Random(), WebSocketTransport::new);
  }
}
