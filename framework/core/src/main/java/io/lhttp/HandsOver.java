package io.lhttp;

import java.util.Optional;

/**
 * A {@link Filter} or {@link Processor} that passes its state, or a resource that only one instance
 * can have, to the instance that replaces it: a map, a port, a registered name.
 *
 * <p>A reload creates all new links first. Right before the swap it calls, for each replaced link
 * in the order of the chain, {@code handOver} of the running instance and {@code takeOver} of the
 * new one. Both have the same name in the chain or the same command; the class and the options may
 * have changed. Without this interface the new instance is created before the old one is closed.
 *
 * <p>If a later step of the reload fails, the server gives everything back in reverse order: it
 * calls {@code handOver} of an instance that had taken over, and {@code takeOver} of the old one. A
 * rollback does the same. So an instance may take over several times, and owns its resource from
 * the end of {@code takeOver} to the end of {@code handOver}.
 *
 * <p><b>Threads.</b> The server calls both methods on a thread that may block, never two at once
 * for one instance. Messages run in the old instance meanwhile, and afterwards until the last one
 * has ended; the server closes the instance then. Messages run in an instance only after its first
 * {@code takeOver}, unless that failed after a rollback. State that both use, such as a {@code
 * ConcurrentHashMap}, has to be safe for that, and {@code close()} must leave alone whatever was
 * handed over. Neither method may change the chain.
 *
 * <p><b>Types.</b> Objects of the JDK, and of classes that were not replaced, are the same objects
 * for the successor. Records and enum constants of replaced classes are carried over by their
 * components and names as attributes are, see docs/java.md; a value that can't be carried over
 * refuses the reload.
 *
 * @param <S> the state; the new instance's type counts
 */
public interface HandsOver<S> {
  /**
   * Gives the state or resource away. The instance may still handle messages, for which it has to
   * do without the resource.
   *
   * @return the state; empty if the successor creates everything anew, for example after {@code
   *     handOver} has closed a port
   * @throws Exception if the instance keeps everything; this refuses the reload
   */
  Optional<S> handOver() throws Exception;

  /**
   * Takes the state or resource over, or acquires it anew. Called before the instance's first
   * message, and again if it is given back.
   *
   * @param state the state of the predecessor; empty if there is none, or if it gave none away
   * @throws Exception if the instance could not take over, and holds nothing; this refuses the
   *     reload, or the start
   */
  void takeOver(Optional<S> state) throws Exception;
}
