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
 */
record Instance(String kind, String name, String fingerprint, Object object) {
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

  /** Closes the object if it implements {@link AutoCloseable}; logs what that throws. */
  void close() {
    if (object instanceof AutoCloseable closeable) {
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
