package io.lhttp.app.api.method;

import io.lhttp.CloseStatus;
import io.lhttp.app.api.json.Field;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Control;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Closes connections. */
public record Disconnect(
    @Field(value = Targets.USER, least = 1, most = Targets.MOST) Optional<String> user,
    @Field(value = Targets.CONNECTION, least = 1, most = Targets.MOST) Optional<String> connection,
    @Field(value = Targets.SESSION, least = 1, most = Targets.MOST) Optional<String> session,
    @Field(value = Targets.CHANNEL, least = 1, most = ChannelName.MAX_BYTES)
        Optional<String> channel,
    @Field(
            value = "the code of the WebSocket close frame; by default 1008",
            least = 1000,
            most = 4999)
        Optional<Integer> code,
    @Field(
            value = "the reason that the client gets, at most 123 bytes; by default `policy`",
            most = 123)
        Optional<String> reason,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Disconnect {
    var _ = Targets.required(user, connection, session, channel);
    var _ = status(code, reason);
  }

  @Override
  public CompletionStage<Changed> run(Control control) {
    return control
        .disconnect(Targets.required(user, connection, session, channel), status(code, reason))
        .thenApply(Changed::of);
  }

  private static CloseStatus status(Optional<Integer> code, Optional<String> reason) {
    return new CloseStatus(
        code.orElse(CloseStatus.POLICY.code()), reason.orElse(CloseStatus.POLICY.reason()));
  }
}
