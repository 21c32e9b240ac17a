package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Alternatives;
import io.lhttp.app.api.json.Field;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Control;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Ends subscriptions of connections. */
@Alternatives({"user", "connection", "session", "channel"})
public record Unsubscribe(
    @Field(value = Targets.USER, least = 1, most = Targets.MOST) Optional<String> user,
    @Field(value = Targets.CONNECTION, least = 1, most = Targets.MOST) Optional<String> connection,
    @Field(value = Targets.SESSION, least = 1, most = Targets.MOST) Optional<String> session,
    @Field(value = Targets.CHANNEL, least = 1, most = ChannelName.MAX_BYTES)
        Optional<String> channel,
    @Field(value = "the channels to leave", example = "[\"kitchen\"]", least = 1, most = 64)
        List<String> channels,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Unsubscribe {
    var _ = Targets.required(user, connection, session, channel);
    ChannelNames.require(channels);
  }

  @Override
  public CompletionStage<Changed> run(Control control) {
    return control
        .unsubscribe(Targets.required(user, connection, session, channel), channels)
        .thenApply(Changed::of);
  }
}
