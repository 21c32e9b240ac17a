package io.lhttp.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The cluster run survives every fault once; {@code bench/run cluster} runs more faults. */
class ClusterRunTest {
  @Test
  void everyFault_deliversOnceInOrderAndReportsLosses() throws Exception {
    assumeTrue(Nats.program().isPresent(), "missing program: nats-server");
    var said = new ArrayList<String>();
    var run =
        new ClusterRun(
            List.of(Fault.values()), Fault.values().length, 1, 600, Duration.ofMillis(600), 1);

    var seen = run.run(said::add);

    assertThat(seen.live().verdict()).as("%s", said).matches(v -> v.good(false));
    assertThat(seen.kept().verdict()).as("%s", said).matches(v -> v.good(true));
    for (var mutant : Mutant.values()) {
      assertThat(seen.live().verdict(mutant)).as(mutant.name()).matches(v -> !v.good(false));
      assertThat(seen.kept().verdict(mutant)).as(mutant.name()).matches(v -> !v.good(true));
    }
  }
}
