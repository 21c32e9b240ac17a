package io.lhttp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server process reports its CPU time. */
class ServerProcessTest {
  @ParameterizedTest
  @ValueSource(strings = {"java", "nginx: worker", "a) (b", "1 2 3", ") S 9 9 9"})
  void parse_anyProgramName_readsUserAndKernelTime(String program) {
    var stat =
        "4711 (%s) S 1 4711 4711 0 -1 4194560 1000 0 3 0 250 75 0 0 20 0 38 0 12345 1 2"
            .formatted(program);
    assertThat(ServerProcess.parse(stat)).isEqualTo(new CpuTime(2_500_000, 750_000));
  }

  @Test
  void cpu_ofThisProcess_isPositive() throws Exception {
    assertThat(ServerProcess.self().cpu().micros()).isPositive();
  }

  @Test
  void scaledTo_exactSumWithinTicks_keepsShares() {
    assertThat(new CpuTime(30_000, 10_000).scaledTo(44_000, 40_000))
        .isEqualTo(new CpuTime(33_000, 11_000));
  }

  @Test
  void scaledTo_exactSumLacksThread_keepsCoarseTimes() {
    assertThat(new CpuTime(300_000, 100_000).scaledTo(100_000, 40_000))
        .isEqualTo(new CpuTime(300_000, 100_000));
  }

  @Test
  void scaledTo_noCoarseTime_staysNone() {
    assertThat(CpuTime.NONE.scaledTo(5_000, 40_000)).isEqualTo(CpuTime.NONE);
  }
}
