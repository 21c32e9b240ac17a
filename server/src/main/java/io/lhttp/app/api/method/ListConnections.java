package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Alternatives;
import io.lhttp.app.api.json.Field;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Connections;
import io.lhttp.control.Control;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Lists open connections. */
@Alternatives(
    value = {"user", "connection", "session", "channel"},
    count = Alternatives.Count.AT_MOST_ONE)
public record ListConnections(
    @Field(value = Targets.USER, least = 1, most = Targets.MOST) Optional<String> user,
    @Field(value = Targets.CONNECTION, least = 1, most = Targets.MOST) Optional<String> connection,
    @Field(value = Targets.SESSION, least = 1, most = Targets.MOST) Optional<String> session,
    @Field(value = Targets.CHANNEL, least = 1, most = ChannelName.MAX_BYTES)
        Optional<String> channel,
    @Field(value = Paging.AFTER, most = Paging.LONGEST_AFTER) Optional<String> after,
    @Field(value = Paging.LIMIT, least = 1, most = Control.MAX_LIMIT) Optional<Integer> limit,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public ListConnections {
    var _ = Targets.optional(user, connection, session, channel);
  }

  @Override
  public boolean mayAnswerMuch() {
    return true;
  }

  @Override
  public CompletionStage<Answer> run(Control control) {
    return control
        .connections(
            Targets.optional(user, connection, session, channel),
            after.orElse(""),
            Paging.limit(limit))
        .thenApply(Answer::of);
  }

  /** The answer. */
  public record Answer(
      @Field("the connections, by id") List<Item> connections,
      @Field(Paging.TRUNCATED) boolean truncated,
      @Field("the servers behind the answer") Servers servers)
      implements Servers.Named {
    static Answer of(Connections connections) {
      return new Answer(
          connections.connections().stream().map(Item::of).toList(),
          connections.truncated(),
          Servers.of(connections.reach()));
    }
  }

  /** A connection. */
  public record Item(
      @Field("the connection's id") String id,
      @Field("the id of its server") String server,
      @Field("the user's name; absent for an anonymous client") Optional<String> user,
      @Field("the claim `sid` of the login; absent without one") Optional<String> session,
      @Field("when it was opened") Instant since,
      @Field("the client's IP address") String address,
      @Field("its first channels, by name; at most 20") List<String> channels,
      @Field("the number of all of its channels") int channelCount,
      @Field("the bytes that the client's socket has not taken yet") long queuedBytes) {
    static Item of(Connections.Item item) {
      return new Item(
          item.id(),
          item.server(),
          Optional.of(item.user()).filter(user -> !user.isEmpty()),
          item.session(),
          item.since(),
          item.address(),
          item.channels(),
          item.channelCount(),
          item.queuedBytes());
    }
  }
}
