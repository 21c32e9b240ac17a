package io.lhttp.nats.internal.bucket;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a bucket: a bucket that was deleted and made anew has another time of creation.
 *
 * @param last the sequence of its last change; it is not part of the identity
 */
record BucketIncarnation(Instant created, long last) {
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BucketIncarnation that && that.created.equals(created);
  }

  @Override
  public int hashCode() {
    return created.hashCode();
  }
}
