package io.lhttp.scripts.control;

import io.lhttp.ClientKey;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.control.Actor;
import io.lhttp.internal.log.Loggable;
import io.lhttp.message.Message;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.graalvm.polyglot.HostAccess;
import org.jspecify.annotations.Nullable;

/** One call of {@code ctx.server}. The script thread creates it. */
public final class Operation {
  private final Operations operations;
  private final @Nullable ClientKey client;
  private final Actor actor;
  private final String method;
  private final String arguments;
  private final Consumer<OperationResult> taker;
  private @Nullable Message message;

  /**
   * @param client the client whose call acts; null for code that no client's message has called
   * @param arguments a JSON object
   * @param taker gets the result, on any thread
   */
  public Operation(
      Operations operations,
      @Nullable ClientKey client,
      Actor actor,
      String method,
      String arguments,
      Consumer<OperationResult> taker) {
    this.operations = operations;
    this.client = client;
    this.actor = actor;
    this.method = method;
    this.arguments = arguments;
    this.taker = taker;
  }

  /** Sets the message that the operation publishes. */
  public void message(Message message) {
    this.message = message;
  }

  /**
   * Starts the operation. The result with this number is passed to the script later.
   *
   * @throws RefusedException if the client, or all clients together, have too many operations under
   *     way
   */
  @HostAccess.Export
  public void start(int id) {
    operations.begin(client);
    CompletionStage<String> running;
    try {
      running = call();
    } catch (RuntimeException e) {
      running = CompletableFuture.failedStage(e);
    }
    var _ =
        running.whenComplete((json, failure) -> {
          operations.end(client);
          taker.accept(
              failure == null
                  ? new OperationResult(id, json, null)
                  : new OperationResult(id, "", refusal(failure)));
        });
  }

  private CompletionStage<String> call() {
    var control = operations.control();
    if (control == null) {
      throw new RefusedException(503, "ctx.server needs a running server");
    }
    return OperationJson.call(control.as(actor), method, arguments, message);
  }

  private static Outcome.Refused refusal(Throwable failure) {
    var cause = Loggable.ofStage(failure);
    return switch (cause) {
      case RefusedException refused -> refused.refusal();
      case IllegalArgumentException e -> Outcome.refused(400, String.valueOf(e.getMessage()));
      default -> Outcome.refused(500, "the operation failed");
    };
  }
}
