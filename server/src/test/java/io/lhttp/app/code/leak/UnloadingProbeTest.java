package io.lhttp.app.code.leak;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.testing.Eventually;
import org.junit.jupiter.api.Test;

/** Collections are proved by canaries, of which several may wait. */
class UnloadingProbeTest {
  private final UnloadingProbe unloading = new UnloadingProbe();

  @Test
  void nextMark_equalsMarkOfWaitingCanary() {
    var first = unloading.mark();
    unloading.prepare();

    assertThat(unloading.next()).isEqualTo(first);

    Eventually.holds(
        "both canaries are collected",
        () -> {
          System.gc();
          return unloading.since(first + 1);
        });
    assertThat(unloading.next()).isEqualTo(first + 2);
  }

  @Test
  void preparedCanaries_areBounded() {
    for (var i = 0; i < 100; i++) {
      unloading.prepare();
    }

    assertThat(unloading.mark()).isEqualTo(33);
  }
}
