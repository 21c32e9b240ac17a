package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.RevocationList;
import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.Revocation.Kind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The answer of a method that lists revoked tokens or blocked users. */
public record RevocationsPage(
    @Field("the entries that count now, by their ids") List<Entry> entries,
    @Field(Paging.TRUNCATED) boolean truncated) {

  /** An entry. */
  public record Entry(
      @Field("names the entry") String id,
      @Field("the user whose tokens are revoked, or who is blocked") Optional<String> user,
      @Field("the `jti` of the revoked token") Optional<String> jti,
      @Field("the SHA-256 of the revoked token") Optional<String> sha256,
      @Field("the tokens that were issued before are revoked; without `user` those of all users")
          Optional<Instant> before,
      @Field("when the last of these tokens expires, or the block ends; absent for never")
          Optional<Instant> end) {
    static Entry of(Revocation entry) {
      var kind = entry.kind();
      var target = Optional.of(entry.target());
      return new Entry(
          entry.key(),
          target.filter(_ -> kind == Kind.USER || kind == Kind.BLOCK),
          target.filter(_ -> kind == Kind.ID),
          target.filter(_ -> kind == Kind.TOKEN),
          entry.before(),
          entry.end());
    }
  }

  static RevocationsPage of(RevocationList list) {
    return new RevocationsPage(list.entries().stream().map(Entry::of).toList(), list.truncated());
  }
}
