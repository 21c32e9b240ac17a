package io.lhttp.internal.chain;

import io.lhttp.Outcome;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a message whose link threw an exception. A client learns only that the server
 * failed, unless {@link #describe} was called, as the server for development does. All pipelines of
 * a server share it, and all threads may use it.
 */
public final class FailureDetail {
  private static final Outcome FAILED = Outcome.refused(500, "the server failed");

  private volatile @Nullable Function<Throwable, String> words;

  /**
   * From now on, clients get this description of an exception.
   *
   * @param words called by any thread; if it throws, the client gets no description
   */
  public void describe(Function<Throwable, String> words) {
    this.words = words;
  }

  Outcome refusal(Throwable thrown) {
    var described = words;
    if (described == null) {
      return FAILED;
    }
    try {
      return Outcome.refused(500, described.apply(thrown));
    } catch (Throwable unspeakable) {
      return FAILED;
    }
  }
}
