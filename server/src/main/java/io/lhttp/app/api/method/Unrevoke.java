package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Alternatives;
import io.lhttp.app.api.json.Field;
import io.lhttp.control.Control;
import io.lhttp.revocation.Revocation;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Removes an entry from the list of revoked tokens. */
@Alternatives({"user", "jti", "sha256", "token", "all"})
public record Unrevoke(
    @Field(value = RevokedTokens.USER, least = 1, most = Revocation.LONGEST_TARGET)
        Optional<String> user,
    @Field(value = RevokedTokens.JTI, least = 1, most = Revocation.LONGEST_TARGET)
        Optional<String> jti,
    @Field(
            value = RevokedTokens.SHA256,
            example = RevokedTokens.EXAMPLE_SHA256,
            least = 64,
            most = 64)
        Optional<String> sha256,
    @Field(value = RevokedTokens.TOKEN, least = 1, most = RevokedTokens.LONGEST)
        Optional<String> token,
    @Field(RevokedTokens.ALL) Optional<Boolean> all,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Unrevoke {
    var _ =
        new RevokedTokens(user, jti, sha256, token, all)
            .revocation(Optional.empty(), Optional.of(Instant.MAX));
  }

  @Override
  public CompletionStage<Removed> run(Control control) {
    var tokens = new RevokedTokens(user, jti, sha256, token, all);
    return control.unrevoke(tokens.kind(), tokens.target()).thenApply(Removed::of);
  }
}
