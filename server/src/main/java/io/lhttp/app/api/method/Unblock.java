package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.app.api.json.WrongFieldException;
import io.lhttp.control.Control;
import io.lhttp.revocation.Revocation;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Ends the block of a user. */
public record Unblock(
    @Field(value = "the user", least = 1, most = Revocation.LONGEST_TARGET) String user,
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {

  public Unblock {
    var _ =
        WrongFieldException.checked(
            "user", RevokedTokens.TEXT, () -> Revocation.block(user, Optional.empty()));
  }

  @Override
  public CompletionStage<Removed> run(Control control) {
    return control.unblock(user).thenApply(Removed::of);
  }
}
