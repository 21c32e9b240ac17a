package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Changes;
import java.util.List;

/** The answer of a method that changes connections. */
public record Changed(
    @Field("the number of connections that the target matched") long connections,
    @Field("the number of connections on which the method took effect") long changed,
    @Field("why connections were not changed, most frequent first; at most 10")
        List<Refusal> refusals,
    @Field("the servers behind the answer") Servers servers)
    implements Servers.Named {

  /** A reason that connections share. */
  public record Refusal(
      @Field("a status of HTTP") int status,
      @Field("the reason for people") String message,
      @Field("the number of connections") long connections) {}

  static Changed of(Changes changes) {
    return new Changed(
        changes.reach().connections(),
        changes.changed(),
        changes.refusals().stream()
            .map(refusal ->
                new Refusal(refusal.why().status(), refusal.why().reason(), refusal.connections()))
            .toList(),
        Servers.of(changes.reach()));
  }
}
