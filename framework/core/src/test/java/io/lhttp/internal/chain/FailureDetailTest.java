package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Outcome;
import org.junit.jupiter.api.Test;

/** A client learns the reason of a failure only if exceptions are described. */
class FailureDetailTest {
  private final FailureDetail failures = new FailureDetail();

  @Test
  void withoutDescription_hidesException() {
    assertThat(failures.refusal(new IllegalStateException("secret")))
        .isEqualTo(Outcome.refused(500, "the server failed"));
  }

  @Test
  void withDescription_clientGetsIt() {
    failures.describe(thrown -> "A.java:1: " + thrown.getMessage());

    assertThat(failures.refusal(new IllegalStateException("no")))
        .isEqualTo(Outcome.refused(500, "A.java:1: no"));
  }

  @Test
  void failingDescription_hidesException() {
    failures.describe(_ -> {
      throw new StackOverflowError();
    });

    assertThat(failures.refusal(new IllegalStateException("no")))
        .isEqualTo(Outcome.refused(500, "the server failed"));
  }
}
