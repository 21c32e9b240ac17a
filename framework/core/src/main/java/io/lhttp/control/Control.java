package io.lhttp.control;

import io.lhttp.CloseStatus;
import io.lhttp.HistoryRequest;
import io.lhttp.channel.Position;
import io.lhttp.message.Message;
import io.lhttp.revocation.Revocation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * Acts on connections, users and channels of all servers that share a broker. All threads may use
 * it, event loops included: each method returns at once, and its stage completes within the
 * deadline.
 *
 * <ul>
 *   <li><b>Reach.</b> An operation on a {@link Target}, and each question, runs on this server and
 *       on all others that the broker knows. The answer names the servers that did not answer
 *       before the deadline, see {@link Reach}.
 *   <li><b>Failures.</b> A stage fails with a {@link io.lhttp.RefusedException}: 400 for a
 *       malformed argument, 409 for a channel without a history, 429 or 503 if too many operations
 *       run or the broker is out of reach, 501 if this broker can't do it. No other server is asked
 *       then.
 *   <li><b>Audit.</b> Each call ends in one {@link AuditEvent} that names the {@link Actor}.
 *   <li><b>Trust.</b> No filter sees these operations, and no permission of a client applies.
 *       Callers check who may use them.
 * </ul>
 *
 * <p>An operation acts on the connections that are open when it reaches their server. A connection
 * that opens, or logs in, at the same time may be missed.
 */
public interface Control {
  /** The time in which all stages complete, unless {@link #within} sets another. */
  Duration DEADLINE = Duration.ofSeconds(2);

  /** The most items that one answer may list: members, messages, channels or connections. */
  int MAX_LIMIT = 1_000;

  /** Returns a view of the same operations whose calls name this actor in the audit log. */
  Control as(Actor actor);

  /**
   * Returns a view of the same operations with another deadline.
   *
   * @param deadline between 10 ms and 30 s; a value outside becomes the nearer bound
   */
  Control within(Duration deadline);

  /** The audit log of this server. */
  AuditLog audit();

  /**
   * Publishes a message to a channel without running it through the chain.
   *
   * @return the position in the channel's history; empty if the channel has none, or if the broker
   *     doesn't tell it
   */
  CompletionStage<Optional<Position>> publish(String channel, Message message);

  /**
   * Publishes one message to several channels. A refusal of one channel doesn't keep the others
   * from getting the message.
   *
   * @param channels at most {@link #MAX_LIMIT}
   */
  CompletionStage<Broadcast> broadcast(List<String> channels, Message message);

  /**
   * Subscribes connections to all of the channels, on behalf of the server's code, as {@link
   * io.lhttp.Subscriptions#subscribe} does. The clients are told: by the subscription replies with
   * a history, else by a message with the header {@code subscribed}.
   *
   * @param history the earlier messages that each connection gets; empty for none
   * @return the reach, and the refusals of connections that can't subscribe
   */
  CompletionStage<Changes> subscribe(
      Target target, List<String> channels, Optional<HistoryRequest> history);

  /**
   * Ends subscriptions, the client's own included, and tells the clients by a message with the
   * header {@code unsubscribed} and status 410.
   */
  CompletionStage<Changes> unsubscribe(Target target, List<String> channels);

  /** Closes connections, as {@link io.lhttp.Connection#close} does. */
  CompletionStage<Changes> disconnect(Target target, CloseStatus status);

  /** Changes the logins of live connections. Anonymous connections are not touched. */
  CompletionStage<Changes> refresh(Target target, Refresh refresh);

  /**
   * Revokes tokens, or blocks a user. The entry is stored first; then each server closes the
   * connections of these tokens and users, with 4401 and the reason {@code revoked}, or with 4403
   * and {@code blocked}. Later logins are refused on all servers, also on those that are cut off or
   * start later.
   *
   * <p>Beside the usual failures, the stage fails with 503 if this server keeps no list, or doesn't
   * know it now; with 409 if the list is full, and 507 if its storage is. After any other failure
   * than 503 nothing has changed.
   *
   * @return the servers that have confirmed it, with the connections that they have closed
   */
  CompletionStage<Changes> revoke(Revocation revocation);

  /** Blocks a user until an instant, or until {@link #unblock}; see {@link #revoke}. */
  default CompletionStage<Changes> block(String user, Optional<Instant> until) {
    return revoke(Revocation.block(user, until));
  }

  /**
   * Ends a block.
   *
   * @return the servers that have confirmed it; {@code changed} is 1, or 0 if the user was not
   *     blocked
   */
  default CompletionStage<Changes> unblock(String user) {
    return unrevoke(Revocation.Kind.BLOCK, user);
  }

  /**
   * Removes an entry from the list of revocations. Tokens that it alone has refused are accepted
   * again.
   *
   * @param target as in {@link Revocation#target}
   * @return the servers that have confirmed it; {@code changed} is 1, or 0 if there was no such
   *     entry
   */
  CompletionStage<Changes> unrevoke(Revocation.Kind kind, String target);

  /**
   * Lists the entries of the list of revocations, in an order of its own.
   *
   * @param kinds the kinds to list
   * @param after lists the entries after the one with this key only; empty for the beginning
   * @param limit 1 to {@link #MAX_LIMIT}
   */
  CompletionStage<RevocationList> revocations(Set<Revocation.Kind> kinds, String after, int limit);

  /**
   * Lists the users who are subscribed to a channel now, by name.
   *
   * @param after lists the users after this name only; empty for the beginning
   * @param limit 1 to {@link #MAX_LIMIT}
   */
  CompletionStage<Members> presence(String channel, String after, int limit);

  /** Lists the first users who are subscribed to a channel now. */
  default CompletionStage<Members> presence(String channel) {
    return presence(channel, "", MAX_LIMIT);
  }

  /** Counts the connections and users that are subscribed to a channel now. */
  CompletionStage<MemberCounts> presenceStats(String channel);

  /**
   * Reads a channel's history.
   *
   * @param since the entries after this position are read, oldest first; empty for the newest
   *     entries
   * @param limit 1 to {@link #MAX_LIMIT}
   */
  CompletionStage<HistoryPage> history(String channel, Optional<Position> since, int limit);

  /**
   * Forgets a channel's history. A new epoch begins, so that a client that recovers is told {@code
   * recovered:false}.
   *
   * @return the position at which the new history begins
   */
  CompletionStage<Position> resetHistory(String channel);

  /**
   * Lists channels with subscribers, by name.
   *
   * @param pattern a channel's name, or the beginning of names followed by {@code *}
   * @param after lists the channels after this name only; empty for the beginning
   * @param limit 1 to {@link #MAX_LIMIT}
   */
  CompletionStage<Channels> channels(String pattern, String after, int limit);

  /** Lists the first channels with subscribers. */
  default CompletionStage<Channels> channels(String pattern, int limit) {
    return channels(pattern, "", limit);
  }

  /**
   * Lists open connections, by their ids.
   *
   * @param target empty for all connections
   * @param after lists the connections after this id only; empty for the beginning
   * @param limit 1 to {@link #MAX_LIMIT}
   */
  CompletionStage<Connections> connections(Optional<Target> target, String after, int limit);

  /** Lists the first open connections. */
  default CompletionStage<Connections> connections(Optional<Target> target, int limit) {
    return connections(target, "", limit);
  }

  /** Lists the servers that share the broker. */
  CompletionStage<Servers> info();
}
