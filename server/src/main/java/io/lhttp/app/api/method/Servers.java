package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Reach;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The servers behind an answer.
 *
 * @param answered those that answered
 * @param silent those that did not answer before the deadline
 * @param silentSeconds the seconds since each of these was last heard of; empty if there are none
 * @param moreMayExist true if other servers may exist, which could not be asked; else empty
 */
public record Servers(
    @Field("the servers that answered") List<Answered> answered,
    @Field(
            "the servers that did not answer before the deadline; the method may have run there"
                + " nevertheless")
        List<String> silent,
    @Field(
            "the whole seconds since each silent server was last heard of, by its id: a server that"
                + " runs and reaches NATS is heard of each second; absent without silent servers")
        Optional<Map<String, Long>> silentSeconds,
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
        Optional.of(seconds(reach)).filter(known -> !known.isEmpty()),
        reach.allKnown() ? Optional.empty() : Optional.of(true));
  }

  private static Map<String, Long> seconds(Reach reach) {
    var seconds = new TreeMap<String, Long>();
    reach.sinceHeard().forEach((server, since) -> seconds.put(server, since.toSeconds()));
    return seconds;
  }

  /** An answer that may lack servers. */
  public interface Named {
    Servers servers();
  }
}
