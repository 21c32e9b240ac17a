package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Changes;

/** The answer of a method that removes an entry from a list. */
public record Removed(
    @Field("whether there was such an entry") boolean removed,
    @Field("the servers behind the answer") Servers servers)
    implements Servers.Named {
  static Removed of(Changes changes) {
    return new Removed(changes.changed() > 0, Servers.of(changes.reach()));
  }
}
