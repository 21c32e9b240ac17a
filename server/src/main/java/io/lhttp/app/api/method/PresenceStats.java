package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Control;
import io.lhttp.control.MemberCounts;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Counts the subscribers of a channel. */
public record PresenceStats(
    @Field(value = "the channel", example = "\"kitchen\"", least = 1, most = ChannelName.MAX_BYTES)
        String channel,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public PresenceStats {
    channel = ChannelNames.required("channel", channel);
  }

  @Override
  public CompletionStage<Answer> run(Control control) {
    return control.presenceStats(channel).thenApply(Answer::of);
  }

  /** The answer. */
  public record Answer(
      @Field("the number of subscribed connections") long connections,
      @Field("the number of different users") long users,
      @Field("the number of subscribed connections without a user") long anonymous,
      @Field(
              "whether the number of users is exact; otherwise a user of several servers may count"
                  + " several times")
          boolean exact,
      @Field("the servers behind the answer") Servers servers)
      implements Servers.Named {
    static Answer of(MemberCounts counts) {
      return new Answer(
          counts.connections(),
          counts.users(),
          counts.anonymous(),
          counts.exact(),
          Servers.of(counts.reach()));
    }
  }
}
