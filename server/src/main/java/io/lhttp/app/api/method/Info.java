package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Control;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Lists the servers. */
public record Info(
    @Field(value = Targets.DEADLINE, least = 10, most = Command.LONGEST_MILLIS)
        Optional<Integer> deadlineMs)
    implements Command {
  @Override
  public CompletionStage<Answer> run(Control control) {
    return control
        .info()
        .thenApply(info ->
            new Answer(info.servers().stream().map(Server::of).toList(), Servers.of(info.reach())));
  }

  /** The answer. */
  public record Answer(
      @Field("the servers that answered") List<Server> nodes,
      @Field("the servers behind the answer") Servers servers)
      implements Servers.Named {}

  /** A server. */
  public record Server(
      @Field("names the server until it ends") String id,
      @Field("whether it is the server that was asked") boolean self,
      @Field("the version of LHTTP; absent if it is not known") Optional<String> version,
      @Field("the whole seconds since its start") long uptimeSeconds,
      @Field("the number of open connections") long connections,
      @Field("the number of channels with subscribers on this server") long channels,
      @Field("the number of its running chain") long generation,
      @Field("whether it accepts no new connections") boolean draining) {
    static Server of(io.lhttp.control.Servers.Server server) {
      return new Server(
          server.id(),
          server.self(),
          Optional.of(server.version()).filter(version -> !version.isEmpty()),
          server.uptime().toSeconds(),
          server.connections(),
          server.channels(),
          server.generation(),
          server.draining());
    }
  }
}
