package io.lhttp.app.reload;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides from repeated looks at a folder when a user has finished writing in it. Editors truncate
 * and refill a file in several steps, or write another file and rename it. Hence a state counts
 * only after it has stayed unchanged for a while, an emptied file gets more time, and errors are
 * reported only if no further writes follow. Not thread-safe; the caller provides the time.
 */
final class EditSettle {
  /**
   * After this time without writes an edit counts as finished, because an editor's steps are closer
   * together.
   */
  static final Duration QUIET = Duration.ofMillis(100);

  /** After this time an emptied file counts as intended. */
  static final Duration EMPTY = Duration.ofSeconds(1);

  /** Errors are reported after this time without writes. */
  static final Duration BROKEN = Duration.ofMillis(400);

  private FolderState seen;

  /** The last loaded state; null to load the next state in any case. */
  private @Nullable FolderState loaded;

  private long changed;
  private Optional<ReloadResult> held = Optional.empty();

  /** The next action after a look. */
  enum Step {
    NOTHING,
    LOAD,
    TELL
  }

  /**
   * @param running the state from which the running generation was read, or an earlier one
   */
  EditSettle(FolderState running, long nanos) {
    this.seen = running;
    this.loaded = running;
    this.changed = nanos;
  }

  /**
   * Takes the current state, and returns the next action. After {@link Step#LOAD} the caller must
   * pass the result to {@link #loaded}.
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

  /** Takes the result of a load. Returns it if it must be reported at once. */
  Optional<ReloadResult> loaded(ReloadResult result) {
    if (result instanceof ReloadResult.Busy) {
      loaded = null; // the folder has changed since, and will be loaded again
      return Optional.empty();
    }
    if (result instanceof ReloadResult.Refused) {
      held = Optional.of(result);
      return Optional.empty();
    }
    return Optional.of(result);
  }

  /** Returns the result that was held back, for {@link Step#TELL}. */
  ReloadResult heldBack() {
    var result = held.orElseThrow();
    held = Optional.empty();
    return result;
  }
}
