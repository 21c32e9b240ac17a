package io.lhttp.nats.internal.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.channel.Peers;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A question on its way, with the answers that have arrived. {@link NatsPeers} owns it. Safe for
 * all threads.
 */
final class PendingQuestion {
  /** The most bytes of all answers to one question; a server whose answer exceeds it is silent. */
  private static final int MAX_BYTES = 16 << 20;

  private final boolean complete;
  private final CompletableFuture<Peers.Answers> result = new CompletableFuture<>();

  /** The servers of which an answer may come. Guarded by this object's lock. */
  private final Set<String> waiting;

  /** The servers of which none comes. Guarded by this object's lock. */
  private final Set<String> silent;

  /** The first answer of each server. Guarded by this object's lock. */
  private final TreeMap<String, String> answers = new TreeMap<>();

  /** The bytes of the answers. Guarded by this object's lock. */
  private long bytes;

  /**
   * @param complete whether no server exists but the given ones
   */
  PendingQuestion(Collection<String> waiting, Collection<String> silent, boolean complete) {
    this.waiting = new HashSet<>(waiting);
    this.silent = new HashSet<>(silent);
    this.complete = complete;
  }

  CompletionStage<Peers.Answers> result() {
    return result;
  }

  /**
   * Takes a server's answer; ignores a further one of the same server. A server that nobody has
   * heard of may answer, because it may have started a moment ago.
   */
  void answered(String server, String text) {
    synchronized (this) {
      if (answers.containsKey(server) || answers.size() >= Peers.MAX_SERVERS) {
        return;
      }
      waiting.remove(server);
      var length = text.getBytes(UTF_8).length;
      if (length > Peers.MAX_BYTES || bytes + length > MAX_BYTES) {
        silent.add(server);
      } else {
        bytes += length;
        silent.remove(server);
        answers.put(server, text);
      }
    }
    endIfNoneIsMissing();
  }

  /** Records that a server will not answer. */
  void unanswered(String server) {
    synchronized (this) {
      if (!waiting.remove(server)) {
        return;
      }
      silent.add(server);
    }
    endIfNoneIsMissing();
  }

  private void endIfNoneIsMissing() {
    synchronized (this) {
      if (!waiting.isEmpty()) {
        return;
      }
    }
    end();
  }

  /** Completes the result; the servers that have not answered are silent. */
  void end() {
    Peers.Answers all;
    synchronized (this) {
      silent.addAll(waiting);
      waiting.clear();
      all = new Peers.Answers(answers, List.copyOf(silent), complete);
    }
    result.complete(all);
  }
}
