package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Control;
import io.lhttp.revocation.Revocation.Kind;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Lists the revoked tokens. */
public record ListRevocations(
    @Field(value = Paging.AFTER, most = Paging.LONGEST_AFTER) Optional<String> after,
    @Field(value = Paging.LIMIT, least = 1, most = Control.MAX_LIMIT) Optional<Integer> limit)
    implements Command {

  @Override
  public CompletionStage<RevocationsPage> run(Control control) {
    return control
        .revocations(
            EnumSet.complementOf(EnumSet.of(Kind.BLOCK)), after.orElse(""), Paging.limit(limit))
        .thenApply(RevocationsPage::of);
  }
}
