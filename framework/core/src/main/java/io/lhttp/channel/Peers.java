package io.lhttp.channel;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;

/**
 * The other servers that use the same broker. A server asks all of them one question, and each
 * answers for itself. All threads may use it, and no method blocks.
 *
 * <ul>
 *   <li><b>Names.</b> A server's name consists of 1 to {@value #MAX_NAME} letters, digits, {@code
 *       -} and {@code _}. It is new at each start.
 *   <li><b>Knowledge.</b> A server that has joined is known to the others within a second. One that
 *       leaves is forgotten at once. One that is only not heard of is named as silent for minutes,
 *       because its clients may still be connected.
 *   <li><b>Delivery.</b> A question reaches a server at most once. It may have been handled even if
 *       no answer arrives.
 *   <li><b>Trust.</b> Whoever may use the broker's own subjects can ask and answer. A client can't.
 *   <li><b>Bounds.</b> {@value #MAX_SERVERS} servers, texts of {@value #MAX_BYTES} bytes.
 * </ul>
 */
public interface Peers {
  /** The most bytes of UTF-8 of one question or answer. */
  int MAX_BYTES = 256 * 1024;

  /** The most servers that are known at a time. */
  int MAX_SERVERS = 1_000;

  /** The longest name of a server, in characters. */
  int MAX_NAME = 64;

  /** Answers the questions of other servers. */
  @FunctionalInterface
  interface Handler {
    /**
     * Answers a question. A thread of the broker calls it, so it returns at once and throws
     * nothing. If the stage fails, the asking server names this one as silent.
     *
     * @param patience the time after which nobody waits for the answer any more
     */
    CompletionStage<String> answer(String question, Duration patience);
  }

  /**
   * The answers to one question.
   *
   * @param byServer the answers by the servers' names
   * @param silent the known servers of which no answer came in time, in order
   * @param complete whether no further server can exist. It is false while the broker is out of
   *     reach and shortly after
   */
  record Answers(SortedMap<String, String> byServer, List<String> silent, boolean complete) {
    public Answers {
      byServer = Collections.unmodifiableSortedMap(new TreeMap<>(byServer));
      silent = silent.stream().sorted().toList();
    }

    /** Returns the answers of no server. */
    public static Answers none(boolean complete) {
      return new Answers(new TreeMap<>(Map.of()), List.of(), complete);
    }
  }

  /** Returns the peers of a server that is alone. */
  static Peers none() {
    return NoPeers.INSTANCE;
  }

  /**
   * Announces this server to the others and lets the handler answer them. The server calls it once,
   * after {@link Broker#start}.
   */
  void join(String server, Handler handler);

  /**
   * Asks all other servers. The stage completes as soon as all known servers have answered, or at
   * the deadline, and never fails.
   *
   * @throws io.lhttp.RefusedException 413 if the question is too long
   */
  CompletionStage<Answers> ask(String question, Duration deadline);

  /** Returns for each known other server the time since it was last heard of. */
  default Map<String, Duration> sinceHeard() {
    return Map.of();
  }

  /** Tells the other servers that this one ends. It asks and answers nothing afterwards. */
  void leave();
}
