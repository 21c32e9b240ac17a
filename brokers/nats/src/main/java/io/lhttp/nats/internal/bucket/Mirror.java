package io.lhttp.nats.internal.bucket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.RevocationStore.Listener;
import io.lhttp.revocation.RevocationStore.Stored;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bucket's content on this server. The lock of its {@link RevocationBucket} guards it. */
final class Mirror {
  private static final Logger log = LoggerFactory.getLogger(Mirror.class);

  final Map<String, Stored> entries = new HashMap<>();

  /** The markers of removed entries, by their keys. */
  final Map<String, Marker> markers = new HashMap<>();

  /** The keys of entries that a later version of the server has written. */
  final Set<String> later = new HashSet<>();

  /** The keys whose values are no entries. */
  private final Set<String> malformed = new HashSet<>();

  /** The revision of the last change that was received. */
  long revision;

  private boolean logged;

  /** The marker of a removed entry, which NATS has stored at this time. */
  record Marker(long revision, Instant at) {}

  /** Whether the entry of this key still has this revision. */
  boolean has(String key, long revision) {
    var stored = entries.get(key);
    return stored != null && stored.revision() == revision;
  }

  /** Keeps the entries that this server knew before foreign values took their places. */
  void keepOverwritten(Mirror before) {
    for (var key : malformed) {
      var known = before.entries.get(key);
      if (known != null) {
        entries.put(key, known);
      }
    }
  }

  /**
   * Applies a change. Returns a call that reports it; null if nothing is to be reported.
   *
   * <p>A value that is no entry, or the entry of another key, changes nothing: only a client of
   * NATS that is none of our servers can have written it.
   */
  @Nullable Consumer<Listener> apply(KeyValueEntry entry) {
    var key = entry.getKey();
    var at = entry.getRevision();
    if (at <= revision) {
      return null; // jnats has repeated it
    }
    revision = at;
    markers.remove(key);
    malformed.remove(key);
    if (entry.getOperation() != KeyValueOperation.PUT) {
      markers.put(key, new Marker(at, entry.getCreated().toInstant()));
      later.remove(key);
      entries.remove(key);
      return listener -> listener.removed(key, at);
    }
    try {
      var value = entry.getValue();
      var read = Revocation.parse(new String(value == null ? new byte[0] : value, UTF_8));
      if (!read.key().equals(key)) {
        throw new IllegalArgumentException("the entry of another key");
      }
      later.remove(key);
      var stored = new Stored(read, at);
      entries.put(key, stored);
      return listener -> listener.put(stored);
    } catch (Revocation.LaterVersionException e) {
      later.add(key);
      return null;
    } catch (IllegalArgumentException e) {
      malformed.add(key);
      if (!logged) {
        logged = true;
        log.error(
            "a value in the bucket of revocations is ignored, as no server has written it,"
                + " revision={}: {}",
            at,
            e.getMessage());
      }
      return null;
    }
  }
}
