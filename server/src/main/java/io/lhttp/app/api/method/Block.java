package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.app.api.json.WrongFieldException;
import io.lhttp.control.Control;
import io.lhttp.revocation.Revocation;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Blocks a user. */
public record Block(
    @Field(value = "the user", least = 1, most = Revocation.LONGEST_TARGET) String user,
    @Field(
            value = "when the block ends; by default when the user is unblocked",
            example = "\"2030-12-31T23:59:59Z\"")
        Optional<Instant> until,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Block {
    var block =
        WrongFieldException.checked(
            "user", RevokedTokens.TEXT, () -> Revocation.block(user, until));
    if (!block.counts(Instant.now())) {
      throw WrongFieldException.of("until", RevokedTokens.FUTURE);
    }
  }

  @Override
  public CompletionStage<Changed> run(Control control) {
    return control.block(user, until).thenApply(Changed::of);
  }
}
