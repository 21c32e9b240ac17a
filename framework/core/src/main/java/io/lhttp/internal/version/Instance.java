package io.lhttp.internal.version;

import io.lhttp.internal.chain.ContextLoader;
import io.lhttp.internal.log.Loggable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A filter or processor that several generations may share. It equals only itself, so that no
 * {@code equals} of users runs.
 *
 * @param kind {@code filter} or {@code processor}
 * @param borrowed whether its creator closes the object
 */
record Instance(String kind, String name, String fingerprint, Object object, boolean borrowed) {
  private static final Logger log = LoggerFactory.getLogger(Instance.class);

  boolean is(String kind, String name, String fingerprint) {
    return this.kind.equals(kind) && this.name.equals(name) && this.fingerprint.equals(fingerprint);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }

  /** Whether {@link #close} calls the object. */
  boolean closes() {
    return !borrowed && object instanceof AutoCloseable;
  }

  /**
   * Closes the object if it implements {@link AutoCloseable} and is not borrowed; logs what that
   * throws.
   */
  void close() {
    if (closes() && object instanceof AutoCloseable closeable) {
      var loader = ContextLoader.of(object);
      var before = loader.enter();
      try {
        closeable.close();
      } catch (Throwable thrown) {
        log.error("failed to close {} name={}", kind, name, Loggable.of(thrown));
      } finally {
        loader.leave(before);
      }
    }
  }
}
