package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.control.Control;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Runs several commands, each with its own answer. */
public record Batch(
    @Field(
            value = "the commands, each an object with the name of a method and its fields",
            example = "[{\"publish\":{\"channel\":\"kitchen\",\"text\":\"soup\"}},{\"info\":{}}]",
            least = 1,
            most = 1_000)
        List<Command> commands,
    @Field("whether commands run at the same time; by default each waits for the one before")
        boolean parallel)
    implements Command {
  /** The most commands that run at the same time. */
  private static final int PARALLEL = 32;

  /** The time after which no further command begins. */
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** Waits for the commands; the caller's thread may block. */
  @Override
  public CompletionStage<Answer> run(Control control) {
    var end = System.nanoTime() + LONGEST.toNanos();
    var answers = new ArrayList<Item>();
    var running = new ArrayDeque<Running>();
    for (var command : commands) {
      if (running.size() == (parallel ? PARALLEL : 1)) {
        answers.add(running.remove().end());
      }
      running.add(
          new Running(
              command,
              System.nanoTime() - end < 0
                  ? Optional.of(Ran.begin(command, control))
                  : Optional.empty()));
    }
    running.forEach(rest -> answers.add(rest.end()));
    return CompletableFuture.completedStage(
        new Answer(answers, answers.stream().filter(answer -> answer.error().isPresent()).count()));
  }

  /** A command that runs; empty if there was no time to begin it. */
  private record Running(Command command, Optional<CompletionStage<? extends Record>> stage) {
    Item end() {
      var ran =
          stage
              .map(begun -> Ran.end(command, begun))
              .orElseGet(() ->
                  Ran.failed(
                      503,
                      "not run, because the batch took over %d seconds"
                          .formatted(LONGEST.toSeconds())));
      return new Item(
          Method.of(command).word(), ran.status(), ran.answer().map(a -> (Object) a), ran.error());
    }
  }

  /** The answer. */
  public record Answer(
      @Field("the answers, in the order of the commands") List<Item> answers,
      @Field("the number of answers with an error") long failed) {}

  /** The answer of one command. */
  public record Item(
      @Field("the method") String method,
      @Field("the status that the command would have on its own") int status,
      @Field("the answer that the command would have on its own; absent if it has failed")
          Optional<Object> answer,
      @Field("the reason why the command has failed; absent if it has not")
          Optional<ApiError> error) {}
}
