package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.AuditEvent;
import io.lhttp.control.AuditLog;
import io.lhttp.control.Control;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Lists the latest events of this server's audit log. */
public record Audit(
    @Field(value = "the most events; by default 100", least = 1, most = AuditLog.CAPACITY)
        Optional<Integer> last)
    implements Command {

  @Override
  public CompletionStage<Answer> run(Control control) {
    return CompletableFuture.completedStage(
        new Answer(control.audit().latest(Paging.limit(last)).stream().map(Event::of).toList()));
  }

  /** The answer. */
  public record Answer(
      @Field("the events of the server that was asked, newest first") List<Event> events) {}

  /** An event. */
  public record Event(
      @Field("when the call ended") Instant at,
      @Field("the one who acted, such as `key backend`") String actor,
      @Field("the method") String method,
      @Field("such as `user mia`; empty without a target") String target,
      @Field("such as `3 connections`") String result,
      @Field("the servers that answered") List<String> answered,
      @Field("the servers that did not answer") List<String> silent) {
    static Event of(AuditEvent event) {
      return new Event(
          event.at(),
          event.actor().toString(),
          event.method(),
          event.target(),
          event.result(),
          event.servers(),
          event.silent());
    }
  }
}
