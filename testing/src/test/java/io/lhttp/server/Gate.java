package io.lhttp.server;

import io.lhttp.testing.TestClient;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds up threads until it is opened. */
final class Gate {
  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);

  /** Waits until the gate is open. */
  void pass() throws InterruptedException {
    reached.countDown();
    await(opened, "the gate was not opened");
  }

  /** Waits until somebody stands before the gate. */
  void awaitReached() throws InterruptedException {
    await(reached, "nobody came to the gate");
  }

  void open() {
    opened.countDown();
  }

  private static void await(CountDownLatch latch, String what) throws InterruptedException {
    if (!latch.await(TestClient.PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError(what);
    }
  }
}
