package io.lhttp.client.internal.transport;

import java.util.Random;
import java.util.random.RandomGenerator;

/** The clock, random numbers and network of a client; tests replace them. */
public record Environment(Timer timer, RandomGenerator random, Transport.Factory transports) {
  public static Environment system() {
    return new Environment(Timer.SYSTEM, new Random(), WebSocketTransport::new);
  }
}
