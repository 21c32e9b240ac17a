package io.lhttp.app.api.method;

import io.lhttp.CloseStatus;
import io.lhttp.app.api.json.Alternatives;
import io.lhttp.app.api.json.Field;
import io.lhttp.app.api.json.WrongFieldException;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Control;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Closes connections. */
@Alternatives({"user", "connection", "session", "channel"})
public record Disconnect(
    @Field(value = Targets.USER, least = 1, most = Targets.MOST) Optional<String> user,
    @Field(value = Targets.CONNECTION, least = 1, most = Targets.MOST) Optional<String> connection,
    @Field(value = Targets.SESSION, least = 1, most = Targets.MOST) Optional<String> session,
    @Field(value = Targets.CHANNEL, least = 1, most = ChannelName.MAX_BYTES)
        Optional<String> channel,
    @Field(
            value =
                "the code of the WebSocket close frame: 1000 to 1003, 1007 to 1014 or 3000 to 4999;"
                    + " by default 1008. Clients of this repository reconnect after all but 1000,"
                    + " 1007, 1009 and 4403",
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

  private static final String CODES = "1000 to 1003, 1007 to 1014 or 3000 to 4999";

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
    var closed =
        WrongFieldException.checked(
            "code", CODES, () -> new CloseStatus(code.orElse(CloseStatus.POLICY.code()), ""));
    return WrongFieldException.checked(
        "reason",
        "a text of at most 123 bytes of UTF-8",
        () -> closed.because(reason.orElse(CloseStatus.POLICY.reason())));
  }
}
