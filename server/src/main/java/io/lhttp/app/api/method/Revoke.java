package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Control;
import io.lhttp.revocation.Revocation;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Revokes tokens. */
public record Revoke(
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
    @Field(
            value = "tokens of the user, or all, that were issued before; by default now",
            example = "\"2026-12-31T23:59:59Z\"")
        Optional<Instant> before,
    @Field(
            value =
                "when the last of these tokens expires, and the entry ends; by default the `exp` of"
                    + " `token`, or else never",
            example = "\"2030-12-31T23:59:59Z\"")
        Optional<Instant> expires,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Revoke {
    var _ = tokens(user, jti, sha256, token, all).revocation(before, expires);
  }

  @Override
  public Optional<Duration> deadline() {
    return Targets.deadline(deadlineMs);
  }

  @Override
  public CompletionStage<Changed> run(Control control) {
    return control
        .revoke(tokens(user, jti, sha256, token, all).revocation(before, expires))
        .thenApply(Changed::of);
  }

  private static RevokedTokens tokens(
      Optional<String> user,
      Optional<String> jti,
      Optional<String> sha256,
      Optional<String> token,
      Optional<Boolean> all) {
    return new RevokedTokens(user, jti, sha256, token, all);
  }
}
