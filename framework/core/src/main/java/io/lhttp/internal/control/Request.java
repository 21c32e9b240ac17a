package io.lhttp.internal.control;

import io.lhttp.CloseStatus;
import io.lhttp.HistoryRequest;
import io.lhttp.control.Refresh;
import io.lhttp.control.Target;
import java.util.List;
import java.util.Optional;

/**
 * An operation that runs on each server. Immutable.
 *
 * @param <A> the answer of one server
 */
public sealed interface Request<A extends Answer> {
  /** See {@link io.lhttp.control.Control#subscribe}. */
  record Subscribe(Target target, List<String> channels, Optional<HistoryRequest> history)
      implements Request<Answer.Counts> {
    public Subscribe {
      channels = List.copyOf(channels);
    }
  }

  /** See {@link io.lhttp.control.Control#unsubscribe}. */
  record Unsubscribe(Target target, List<String> channels) implements Request<Answer.Counts> {
    public Unsubscribe {
      channels = List.copyOf(channels);
    }
  }

  /** See {@link io.lhttp.control.Control#disconnect}. */
  record Disconnect(Target target, CloseStatus status) implements Request<Answer.Counts> {}

  /** See {@link io.lhttp.control.Control#refresh}. */
  record RefreshLogins(Target target, Refresh refresh) implements Request<Answer.Counts> {}

  /**
   * Waits until the server knows a change of the list of revocations, and has closed the
   * connections that it ends.
   *
   * @param key the entry's {@link io.lhttp.revocation.Revocation#key}
   * @param revision the change
   */
  record Enforce(String key, long revision) implements Request<Answer.Counts> {}

  /** See {@link io.lhttp.control.Control#presence}. */
  record ListMembers(String channel, String after, int limit) implements Request<Answer.Members> {}

  /** See {@link io.lhttp.control.Control#channels}. */
  record ListChannels(String pattern, String after, int limit)
      implements Request<Answer.Channels> {}

  /** See {@link io.lhttp.control.Control#connections}. */
  record ListConnections(Optional<Target> target, String after, int limit)
      implements Request<Answer.Connections> {}

  /** See {@link io.lhttp.control.Control#info}. */
  record Describe() implements Request<Answer.Description> {}
}
