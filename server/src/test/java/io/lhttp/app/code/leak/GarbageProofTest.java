package io.lhttp.app.code.leak;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.testing.Eventually;
import org.junit.jupiter.api.Test;

/** Collections are proved by canaries, of which several may wait. */
class GarbageProofTest {
  private final GarbageProof proof = new GarbageProof();

  @Test
  void nextMark_isThatOfWaitingCanary() {
    var first = proof.mark();
    proof.prepare();

    assertThat(proof.next()).isEqualTo(first);

    Eventually.holds(
        "both canaries are collected",
        () -> {
          System.gc();
          return proof.since(first + 1);
        });
    assertThat(proof.next()).isEqualTo(first + 2);
  }

  @Test
  void preparedCanaries_areBounded() {
    for (var i = 0; i < 100; i++) {
      proof.prepare();
    }

    assertThat(proof.mark()).isEqualTo(33);
  }
}
