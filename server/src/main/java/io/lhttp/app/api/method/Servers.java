package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Reach;
import java.util.List;

/**
 * The servers behind an answer.
 *
 * @param answered those that answered
 * @param silent those that did not answer before the deadline
 */
public record Servers(
    @Field("the servers that answered") List<Answered> answered,
    @Field(
            "the servers that did not answer before the deadline; the method may have run there"
                + " nevertheless")
        List<String> silent) {

  /** A server that answered. */
  public record Answered(
      @Field("names the server until it ends") String id,
      @Field("the number of connections there that the target matched") long connections) {}

  static Servers of(Reach reach) {
    return new Servers(
        reach.servers().stream()
            .map(server -> new Answered(server.id(), server.connections()))
            .toList(),
        reach.silent());
  }

  /** An answer that may lack servers. */
  public interface Named {
    Servers servers();
  }
}
