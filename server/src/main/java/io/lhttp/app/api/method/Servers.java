package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Reach;
import java.util.List;
import java.util.Optional;

/**
 * The servers behind an answer.
 *
 * @param answered those that answered
 * @param silent those that did not answer before the deadline
 * @param moreMayExist true if other servers may exist, which could not be asked; else empty
 */
public record Servers(
    @Field("the servers that answered") List<Answered> answered,
    @Field(
            "the servers that did not answer before the deadline; the method may have run there"
                + " nevertheless")
        List<String> silent,
    @Field(
            "true if other servers may exist that could not be asked, because the broker is out of"
                + " reach, or was until a moment ago; absent otherwise")
        Optional<Boolean> moreMayExist) {

  /** A server that answered. */
  public record Answered(
      @Field("names the server until it ends") String id,
      @Field("the number of connections there that the target matched") long connections) {}

  static Servers of(Reach reach) {
    return new Servers(
        reach.servers().stream()
            .map(server -> new Answered(server.id(), server.connections()))
            .toList(),
        reach.silent(),
        reach.allKnown() ? Optional.empty() : Optional.of(true));
  }

  /** An answer that may lack servers. */
  public interface Named {
    Servers servers();
  }
}
