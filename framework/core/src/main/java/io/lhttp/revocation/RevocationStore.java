package io.lhttp.revocation;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/**
 * Keeps the list of revocations beyond the life of a server: in a file, or for several servers at
 * NATS.
 *
 * <p>Each change has a revision, and later changes have higher ones. A store tells its listener of
 * the changes of all servers in their order. All threads may use it; {@code put} and {@code remove}
 * block until the change is stored.
 */
public interface RevocationStore extends AutoCloseable {
  /**
   * An entry with the revision of its last change.
   *
   * @param revision 1 at least
   */
  record Stored(Revocation entry, long revision) {}

  /** Receives the list and its changes, one call after the other. It does not block. */
  interface Listener {
    /**
     * The whole list. It replaces the list before.
     *
     * @param entries by their keys
     * @param revision the list contains all changes up to this one
     */
    void list(Map<String, Stored> entries, long revision);

    /** An entry was added or replaced, at the revision that it has. */
    void put(Stored stored);

    /** The entry of a key was removed. */
    void removed(String key, long revision);

    /** The list is not known any more, until {@link #list} is called. The text is public. */
    void unknown(String reason);
  }

  /**
   * Opens the store and reads the list. If this takes longer than {@code patience}, the method
   * returns and the store continues to try.
   *
   * @throws IOException if the list can't be read, and no later attempt can help
   */
  void open(Listener listener, Duration patience) throws IOException;

  /**
   * Stores an entry. The listener has received it when this method returns.
   *
   * @param replaced the revision of the entry that it replaces; 0 if there is none
   * @return the revision of the change; 0 if the entry of this key has another revision than {@code
   *     replaced}, and nothing was changed
   * @throws io.lhttp.RefusedException 503 if it is not certain that the entry is stored, 507 if the
   *     store is full
   */
  long put(Revocation entry, long replaced);

  /**
   * Removes an entry. The listener has received the change when this method returns.
   *
   * @return the revision of the change; 0 as in {@link #put}
   * @throws io.lhttp.RefusedException 503 if it is not certain that the entry is removed
   */
  long remove(String key, long revision);

  /**
   * Forgets entries that have ended; no listener is told. Failures are ignored, because the caller
   * tries again.
   */
  void forget(Map<String, Stored> ended);

  @Override
  void close();
}
