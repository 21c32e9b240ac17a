package io.lhttp.app.api.method;

import io.lhttp.RefusedException;
import io.lhttp.control.Control;
import io.lhttp.internal.log.Loggable;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a command. A command that lacks servers has both an answer and an error.
 *
 * @param answer empty if the command has failed
 * @param error empty if the command has succeeded on all servers
 */
public record Ran(Optional<Record> answer, Optional<ApiError> error) {
  private static final Logger log = LoggerFactory.getLogger(Ran.class);

  /** The time that an answer may take beyond its deadline. */
  private static final Duration SPARE = Duration.ofSeconds(5);

  /** The status of HTTP. */
  public int status() {
    return error.map(ApiError::status).orElse(200);
  }

  /** Runs a command and waits for its end. */
  public static Ran of(Command command, Control control) {
    return end(command, begin(command, control));
  }

  /** Begins to run a command. */
  static CompletionStage<? extends Record> begin(Command command, Control control) {
    try {
      return command.run(command.deadline().map(control::within).orElse(control));
    } catch (RuntimeException e) {
      return CompletableFuture.failedStage(e);
    }
  }

  /** Waits for the end of a command. */
  static Ran end(Command command, CompletionStage<? extends Record> stage) {
    var most = command.deadline().orElse(Control.DEADLINE).plus(SPARE);
    try {
      var answer = stage.toCompletableFuture().get(most.toMillis(), TimeUnit.MILLISECONDS);
      return new Ran(Optional.of(answer), lacking(answer));
    } catch (ExecutionException e) {
      return failed(e.getCause());
    } catch (TimeoutException e) {
      return failed(503, "no answer within " + most.toSeconds() + " seconds");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return failed(503, "the server stops");
    }
  }

  static Ran failed(int status, String message) {
    return new Ran(Optional.empty(), Optional.of(ApiError.of(status, message)));
  }

  private static Ran failed(@Nullable Throwable thrown) {
    var cause = thrown == null ? null : Loggable.ofStage(thrown);
    if (cause instanceof RefusedException refused) {
      return new Ran(Optional.empty(), Optional.of(ApiError.of(refused.refusal())));
    } else if (cause instanceof IllegalArgumentException) {
      return failed(400, String.valueOf(cause.getMessage()));
    }
    log.error("a method of the server API failed", cause);
    return failed(500, "failed; the server's log says why");
  }

  private static Optional<ApiError> lacking(Record answer) {
    if (!(answer instanceof Servers.Named named)) {
      return Optional.empty();
    }
    var servers = named.servers();
    if (servers.silent().isEmpty()) {
      return servers
          .moreMayExist()
          .map(_ ->
              ApiError.of(503, "other servers may exist, and could not be asked")
                  .retryAfter(Optional.of(1L)));
    }
    return Optional.of(
        ApiError.of(
            503,
            "%d of %d servers did not answer: %s"
                .formatted(
                    servers.silent().size(),
                    servers.silent().size() + servers.answered().size(),
                    String.join(", ", servers.silent()))));
  }
}
