package io.lhttp.client;

import io.lhttp.client.internal.transport.Transport;

/**
 * Requests one message after the other from the transport, and pauses while too many callbacks
 * wait. The client's lock guards it.
 */
final class ReadPacer {
  private final CallbackQueue callbacks;
  private boolean paused;

  ReadPacer(CallbackQueue callbacks) {
    this.callbacks = callbacks;
  }

  /** Begins to read from a transport that has opened. */
  void start(Transport opened) {
    paused = false;
    next(opened);
  }

  /** Requests the next message, now or once callbacks have room. */
  void next(Transport from) {
    if (callbacks.hasRoom()) {
      from.readNext();
    } else {
      paused = true;
    }
  }

  /** Requests the next message after a pause. */
  void resume(Transport from) {
    if (paused) {
      paused = false;
      from.resume();
    }
  }
}
