package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Field;
import io.lhttp.app.api.json.Written;
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

  /** The most commands with large answers that run at the same time. */
  private static final int PARALLEL_LARGE = 4;

  /** The time after which no further command begins. */
  private static final Duration LONGEST = Duration.ofSeconds(30);

  /** The most characters of the answers together, after which no further command begins. */
  static final int MOST_CHARACTERS = 4 * 1024 * 1024;

  @Override
  public boolean mayAnswerMuch() {
    return commands.stream().anyMatch(Command::mayAnswerMuch);
  }

  /** Waits for the commands; the caller's thread may block. */
  @Override
  public CompletionStage<Answer> run(Control control) {
    var end = System.nanoTime() + LONGEST.toNanos();
    var most = !parallel ? 1 : mayAnswerMuch() ? PARALLEL_LARGE : PARALLEL;
    var answers = new ArrayList<Item>();
    var running = new ArrayDeque<Running>();
    var length = 0L;
    for (var command : commands) {
      if (running.size() == most) {
        var item = running.remove().end();
        length += Written.json(item).length();
        answers.add(item);
      }
      running.add(
          System.nanoTime() - end >= 0
              ? Running.not(command, "the batch took over " + LONGEST.toSeconds() + " seconds")
              : length > MOST_CHARACTERS
                  ? Running.not(command, "the answers before have over 4 MiB")
                  : new Running(command, Optional.of(Ran.begin(command, control)), ""));
    }
    running.forEach(rest -> answers.add(rest.end()));
    return CompletableFuture.completedStage(
        new Answer(answers, answers.stream().filter(answer -> answer.error().isPresent()).count()));
  }

  /**
   * A command that runs.
   *
   * @param stage empty if it was not begun
   * @param why the reason why it was not begun
   */
  private record Running(
      Command command, Optional<CompletionStage<? extends Record>> stage, String why) {
    static Running not(Command command, String why) {
      return new Running(command, Optional.empty(), why);
    }

    Item end() {
      var ran =
          stage
              .map(begun -> Ran.end(command, begun))
              .orElseGet(() -> Ran.failed(503, "not run, because " + why));
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
      @Field(
              "the answer that the command would have on its own; beside an error it is the answer"
                  + " of the servers that did answer; absent if there is none")
          Optional<Object> answer,
      @Field("the reason why the command has failed, or lacks servers; absent if neither is so")
          Optional<ApiError> error) {}
}
