package io.lhttp.client;

import io.lhttp.client.internal.transport.Transport;

/**
 * Lets one message after the other come, and pauses while callbacks lag behind. Guarded by its
 * client's lock.
 */
final class Reading {
  private final CallbackQueue callbacks;
  private boolean paused;

  Reading(CallbackQueue callbacks) {
    this.callbacks = callbacks;
  }

  /** Begins with a transport that has opened. */
  void start(Transport opened) {
    paused = false;
    next(opened);
  }

  /** Lets the next message come, now or once callbacks have room. */
  void next(Transport from) {
    if (callbacks.hasRoom()) {
      from.readNext();
    } else {
      paused = true;
    }
  }

  /** Continues after a pause. */
  void resume(Transport from) {
    if (paused) {
      paused = false;
      from.resume();
    }
  }
}
