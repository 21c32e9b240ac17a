package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Channels;
import io.lhttp.control.Control;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Lists channels with subscribers. */
public record ListChannels(
    @Field(
            value = "a channel's name, or the beginning of names followed by `*`; by default all",
            example = "\"room:*\"",
            least = 1,
            most = ChannelName.MAX_BYTES + 1)
        Optional<String> pattern,
    @Field(value = Paging.AFTER, most = Paging.LONGEST_AFTER) Optional<String> after,
    @Field(value = Paging.LIMIT, least = 1, most = Control.MAX_LIMIT) Optional<Integer> limit,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {
  @Override
  public CompletionStage<Answer> run(Control control) {
    return control
        .channels(pattern.orElse("*"), after.orElse(""), Paging.limit(limit))
        .thenApply(Answer::of);
  }

  /** The answer. */
  public record Answer(
      @Field("the channels, by name") List<Item> channels,
      @Field(Paging.TRUNCATED) boolean truncated,
      @Field("the servers behind the answer") Servers servers)
      implements Servers.Named {
    static Answer of(Channels channels) {
      return new Answer(
          channels.channels().stream()
              .map(channel -> new Item(channel.name(), channel.subscribers()))
              .toList(),
          channels.truncated(),
          Servers.of(channels.reach()));
    }
  }

  /** A channel. */
  public record Item(
      @Field("the channel's name") String channel,
      @Field("the number of its subscribers on all servers") long subscribers) {}
}
