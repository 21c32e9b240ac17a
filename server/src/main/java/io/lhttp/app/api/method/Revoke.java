package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Alternatives;
import io.lhttp.app.api.json.Field;
import io.lhttp.control.Control;
import io.lhttp.revocation.Revocation;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Revokes tokens. */
@Alternatives({"user", "jti", "sha256", "token", "all"})
public record Revoke(
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
