package io.lhttp.nats.internal.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.channel.Peers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PendingQuestionTest {
  @Test
  void answered_twice_firstCounts() {
    var question = new PendingQuestion(List.of("a", "b"), List.of(), true);

    question.answered("a", "first");
    question.answered("a", "second");
    assertThat(question.result().toCompletableFuture()).isNotDone();
    question.answered("b", "b");

    assertThat(question.result().toCompletableFuture())
        .isCompletedWithValueMatching(answers ->
            answers.byServer().equals(Map.of("a", "first", "b", "b"))
                && answers.silent().isEmpty());
  }

  @Test
  void answered_byUnknownOrStaleServer_isKept() {
    var question = new PendingQuestion(List.of("a"), List.of("stale"), true);

    question.answered("new", "n");
    question.answered("stale", "s");
    question.answered("a", "a");

    assertThat(question.result().toCompletableFuture())
        .isCompletedWithValueMatching(
            answers -> answers.byServer().size() == 3 && answers.silent().isEmpty());
  }

  @Test
  void answered_tooLong_countsAsSilent() {
    var question = new PendingQuestion(List.of("a"), List.of(), true);

    question.answered("a", "x".repeat(Peers.MAX_BYTES + 1));
    question.answered("a", "short");

    assertThat(question.result().toCompletableFuture())
        .isCompletedWithValueMatching(
            answers -> answers.byServer().isEmpty() && answers.silent().equals(List.of("a")));
  }

  @Test
  void end_namesThoseThatHaveNotAnswered() {
    var question = new PendingQuestion(List.of("a", "b"), List.of("c"), false);

    question.answered("b", "b");
    question.end();
    question.answered("a", "late");

    assertThat(question.result().toCompletableFuture())
        .isCompletedWithValueMatching(answers ->
            answers.silent().equals(List.of("a", "c"))
                && !answers.complete()
                && answers.byServer().equals(Map.of("b", "b")));
  }
}
