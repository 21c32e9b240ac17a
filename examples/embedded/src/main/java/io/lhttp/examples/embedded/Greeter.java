package io.lhttp.examples.embedded;

import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.NonBlocking;
import io.lhttp.Processor;
import java.util.concurrent.atomic.AtomicInteger;

/** Welcomes a connection at its first message, and counts the connections that have sent one. */
@NonBlocking
final class Greeter implements Processor {
  private final AtomicInteger guests = new AtomicInteger();

  @Override
  public void onOpen(Exchange exchange) {
    exchange
        .reply()
        .header("guests", Integer.toString(guests.incrementAndGet()))
        .body("welcome")
        .send();
  }

  @Override
  public void onMessage(Exchange exchange) {
    exchange.send("you said " + exchange.request().body());
  }

  @Override
  public void onClose(Connection connection) {
    guests.decrementAndGet();
  }
}
