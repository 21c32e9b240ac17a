package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Control;
import io.lhttp.revocation.Revocation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Removes an entry from the list of revoked tokens. */
public record Unrevoke(
    @Field(
            value =
                "the tokens of this user that were issued before an instant, and the user's API"
                    + " keys",
            least = 1,
            most = Revocation.LONGEST_TARGET)
        Optional<String> user,
    @Field(value = "the token with this claim `jti`", least = 1, most = Revocation.LONGEST_TARGET)
        Optional<String> jti,
    @Field(
            value =
                "the token with this SHA-256: of a signed token without the last dot and the"
                    + " signature behind it, of an API key as a whole",
            example = "\"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d\"",
            least = 64,
            most = 64)
        Optional<String> sha256,
    @Field(value = "this token; the server keeps its hash", least = 1, most = RevokedTokens.LONGEST)
        Optional<String> token,
    @Field("true: all tokens that were issued before an instant, but no API keys")
        Optional<Boolean> all,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Unrevoke {
    var _ = new RevokedTokens(user, jti, sha256, token, all).target();
  }

  @Override
  public Optional<Duration> deadline() {
    return Targets.deadline(deadlineMs);
  }

  @Override
  public CompletionStage<Removed> run(Control control) {
    var tokens = new RevokedTokens(user, jti, sha256, token, all);
    return control.unrevoke(tokens.kind(), tokens.target()).thenApply(Removed::of);
  }
}
