package io.lhttp.server;

import io.lhttp.message.Message;
import io.lhttp.testing.RawClient;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Sends numbered messages from a thread of its own until the server takes no more. */
final class Flood {
  /** Far more than the buffers of a socket hold. */
  private static final int MESSAGES = 100_000;

  private static final String PADDING = "x".repeat(1_000);
  private static final Duration STILL = Duration.ofMillis(700);

  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicBoolean enough = new AtomicBoolean();
  private final Thread thread;

  Flood(RawClient client) {
    thread =
        Thread.ofVirtual()
            .start(() -> {
              while (begun.get() < MESSAGES && !enough.get()) {
                var message = Message.of("quick", begun.getAndIncrement() + " " + PADDING);
                client.send(message);
              }
            });
  }

  /** Returns how many messages were sent, the one included that is stuck half way. */
  int untilTheServerStopsReading() {
    var count = begun.get();
    var since = System.nanoTime();
    while (System.nanoTime() - since < STILL.toNanos()) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      if (count != begun.get()) {
        count = begun.get();
        since = System.nanoTime();
      }
    }
    if (count == MESSAGES) {
      throw new AssertionError("the server took everything");
    }
    enough.set(true);
    return count;
  }

  void join() throws InterruptedException {
    thread.join();
  }
}
