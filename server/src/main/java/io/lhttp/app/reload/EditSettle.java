package io.lhttp.app.reload;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells from looks at a folder when somebody has finished writing in it. Editors write a file by
 * truncating it and filling it, in several steps, or beside it and rename: hence a state counts
 * only once it has stayed for a while, an emptied file is waited for longer, and what is found to
 * be broken is told only where nobody writes on. Not thread-safe; the clock is the caller's.
 */
final class EditSettle {
  /** Nobody has written for so long: an editor's steps are closer together. */
  static final Duration QUIET = Duration.ofMillis(100);

  /** A file that was emptied may stay so for this time, before it is taken for what is meant. */
  static final Duration EMPTY = Duration.ofSeconds(1);

  /** So long nobody may have written before something is called broken. */
  static final Duration BROKEN = Duration.ofMillis(400);

  private FolderState seen;

  /** Null where what was seen is to be loaded in any case. */
  private @Nullable FolderState loaded;

  private long changed;
  private Optional<ReloadResult> held = Optional.empty();

  /** What is to be done after a look. */
  enum Step {
    NOTHING,
    LOAD,
    TELL
  }

  /**
   * @param running the state that the running generation was read from, or an earlier one
   */
  EditSettle(FolderState running, long nanos) {
    this.seen = running;
    this.loaded = running;
    this.changed = nanos;
  }

  /** Looks once more. After {@link Step#LOAD} the result is to be handed to {@link #loaded}. */
  Step look(FolderState now, long nanos) {
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

  /** What came of loading: returned at once if it is to be told at once. */
  Optional<ReloadResult> loaded(ReloadResult result) {
    if (result instanceof ReloadResult.Busy) {
      loaded = null; // what it was to load is still to be loaded
      return Optional.empty();
    }
    if (result instanceof ReloadResult.Refused) {
      held = Optional.of(result);
      return Optional.empty();
    }
    return Optional.of(result);
  }

  /** What was held back; for {@link Step#TELL}. */
  ReloadResult tell() {
    var told = held.orElseThrow();
    held = Optional.empty();
    return told;
  }
}
