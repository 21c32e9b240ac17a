package io.lhttp.app.reload;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides from repeated looks at a folder when a user has finished an edit. Editors empty and
 * refill a file in several steps, or write another file and rename it. Hence a state is loaded only
 * after it has stayed unchanged for a while, a file that was emptied gets more time, and errors are
 * reported only if no further writes follow. Not thread-safe; the caller provides the time.
 */
final class EditSettle {
  /**
   * The time without writes after which an edit counts as finished. The steps of an editor are
   * closer together.
   */
  static final Duration QUIET = Duration.ofMillis(100);

  /** The time after which a file that was emptied counts as empty on purpose. */
  static final Duration EMPTY = Duration.ofSeconds(1);

  /** The time without writes after which the errors of a load are reported. */
  static final Duration BROKEN = Duration.ofMillis(400);

  private FolderState seen;

  /** The state that was loaded last; null if the next state has to be loaded in any case. */
  private @Nullable FolderState loaded;

  private long changed;
  private Optional<ReloadResult> held = Optional.empty();

  /** The action that the caller has to take after a look at the folder. */
  enum Step {
    NOTHING,
    LOAD,
    TELL
  }

  /**
   * @param running the state of the folder from which the running generation was read, or an
   *     earlier one
   */
  EditSettle(FolderState running, long nanos) {
    this.seen = running;
    this.loaded = running;
    this.changed = nanos;
  }

  /**
   * Compares the current state with earlier ones. Returns what to do. After {@link Step#LOAD} the
   * caller must pass the result to {@link #loaded}.
   */
  Step next(FolderState now, long nanos) {
    if (!now.equals(seen)) {
      seen = now;
      changed = nanos;
      held = Optional.empty();
    }
    var quiet = nanos - changed;
    if (held.isPresent()) {
      return quiet >= BROKEN.toNanos() ? Step.TELL : Step.NOTHING;
    }
    if (seen.equals(loaded) || quiet < QUIET.toNanos()) {
      return Step.NOTHING;
    }
    if (loaded != null && seen.emptiedSince(loaded) && quiet < EMPTY.toNanos()) {
      return Step.NOTHING;
    }
    loaded = seen;
    return Step.LOAD;
  }

  /** Receives the result of a load. Returns the result if it must be reported at once. */
  Optional<ReloadResult> loaded(ReloadResult result) {
    if (result instanceof ReloadResult.Busy) {
      loaded = null; // the folder has changed in the meantime, and has to be loaded again
      return Optional.empty();
    }
    if (result instanceof ReloadResult.Refused refused && !refused.concernsNoFile()) {
      held = Optional.of(result);
      return Optional.empty();
    }
    return Optional.of(result);
  }

  /** Returns the result that was held back; called after {@link Step#TELL}. */
  ReloadResult heldBack() {
    var result = held.orElseThrow();
    held = Optional.empty();
    return result;
  }
}
