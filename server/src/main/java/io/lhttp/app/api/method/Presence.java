package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Control;
import io.lhttp.control.Members;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Lists the users who are subscribed to a channel. */
public record Presence(
    @Field(value = "the channel", example = "\"kitchen\"", least = 1, most = ChannelName.MAX_BYTES)
        String channel,
    @Field(value = Paging.AFTER, most = Paging.LONGEST_AFTER) Optional<String> after,
    @Field(value = Paging.LIMIT, least = 1, most = Control.MAX_LIMIT) Optional<Integer> limit,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Presence {
    channel = ChannelNames.required("channel", channel);
  }

  @Override
  public CompletionStage<Answer> run(Control control) {
    return control.presence(channel, after.orElse(""), Paging.limit(limit)).thenApply(Answer::of);
  }

  /** The answer. */
  public record Answer(
      @Field("the users, by name; anonymous connections are not among them") List<Member> members,
      @Field(Paging.TRUNCATED) boolean truncated,
      @Field("the servers behind the answer") Servers servers)
      implements Servers.Named {
    static Answer of(Members members) {
      return new Answer(
          members.members().stream()
              .map(member -> new Member(member.user(), member.connections()))
              .toList(),
          members.truncated(),
          Servers.of(members.reach()));
    }
  }

  /** A user. */
  public record Member(
      @Field("the user's name") String user,
      @Field("the number of the user's subscribed connections on all servers") long connections) {}
}
