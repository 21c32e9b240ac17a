package io.lhttp.app.api.method;

import io.lhttp.HistoryRequest;
import io.lhttp.app.api.json.Alternatives;
import io.lhttp.app.api.json.Field;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Control;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Subscribes connections to channels. */
@Alternatives({"user", "connection", "session", "channel"})
public record Subscribe(
    @Field(value = Targets.USER, least = 1, most = Targets.MOST) Optional<String> user,
    @Field(value = Targets.CONNECTION, least = 1, most = Targets.MOST) Optional<String> connection,
    @Field(value = Targets.SESSION, least = 1, most = Targets.MOST) Optional<String> session,
    @Field(value = Targets.CHANNEL, least = 1, most = ChannelName.MAX_BYTES)
        Optional<String> channel,
    @Field(value = "the channels to join", example = "[\"kitchen\"]", least = 1, most = 64)
        List<String> channels,
    @Field(
            value =
                "the number of newest messages that each connection gets; 0 for all; by default"
                    + " none are sent",
            most = 100_000)
        Optional<Integer> last,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Subscribe {
    var _ = Targets.required(user, connection, session, channel);
    ChannelNames.require(channels);
  }

  @Override
  public CompletionStage<Changed> run(Control control) {
    return control
        .subscribe(
            Targets.required(user, connection, session, channel),
            channels,
            last.map(count -> new HistoryRequest(List.of(), count)))
        .thenApply(Changed::of);
  }
}
