package io.lhttp.client;

import java.util.Random;
import java.util.random.RandomGenerator;

/** The clock, random numbers and network of a client; tests replace them. */
record Environment(Timer timer, RandomGenerator random, Transport.Factory transports) {
  static Environment system() {
    return new Environment(Timer.SYSTEM, new Random(), WebSocketTransport::new);
  }
}
