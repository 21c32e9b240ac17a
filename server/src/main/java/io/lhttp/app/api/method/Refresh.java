package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Alternatives;
import io.lhttp.app.api.json.Field;
import io.lhttp.app.api.json.RawJson;
import io.lhttp.app.api.json.WrongFieldException;
import io.lhttp.channel.ChannelName;
import io.lhttp.control.Control;
import io.lhttp.internal.text.JsonClaims;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Changes the logins of open connections. */
@Alternatives({"user", "connection", "session", "channel"})
@Alternatives(
    value = {"claims", "expires"},
    count = Alternatives.Count.AT_LEAST_ONE)
public record Refresh(
    @Field(value = Targets.USER, least = 1, most = Targets.MOST) Optional<String> user,
    @Field(value = Targets.CONNECTION, least = 1, most = Targets.MOST) Optional<String> connection,
    @Field(value = Targets.SESSION, least = 1, most = Targets.MOST) Optional<String> session,
    @Field(value = Targets.CHANNEL, least = 1, most = ChannelName.MAX_BYTES)
        Optional<String> channel,
    @Field(
            value = "an object that takes the place of all claims; absent to keep them",
            example = "{\"roles\":[\"cook\"]}")
        Optional<RawJson> claims,
    @Field(
            value = "the login's new end, after which the server closes the connection",
            example = "\"2030-12-31T23:59:59Z\"")
        Optional<Instant> expires,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Refresh {
    var _ = Targets.required(user, connection, session, channel);
    var _ = claims.map(Refresh::map);
  }

  @Override
  public CompletionStage<Changed> run(Control control) {
    return control
        .refresh(
            Targets.required(user, connection, session, channel),
            new io.lhttp.control.Refresh(claims.map(Refresh::map), expires))
        .thenApply(Changed::of);
  }

  private static Map<String, Object> map(RawJson claims) {
    if (!(claims.value() instanceof Map<?, ?> members)) {
      throw WrongFieldException.of("claims", "an object");
    }
    return JsonClaims.of(members);
  }
}
