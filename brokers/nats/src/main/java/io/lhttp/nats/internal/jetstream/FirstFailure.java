package io.lhttp.nats.internal.jetstream;

import org.jspecify.annotations.Nullable;

/**
 * Runs several calls and remembers the first exception, which is thrown after the last call. Local
 * to one method and thread.
 */
final class FirstFailure {
  private @Nullable Throwable first;

  void collect(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
      first = first == null ? e : first;
    }
  }

  /** Throws the first exception, if there is one. */
  void rethrow() {
    switch (first) {
      case null -> {}
      case Error e -> throw e;
      case RuntimeException e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }
}
