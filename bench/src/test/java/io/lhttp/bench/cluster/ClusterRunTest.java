package io.lhttp.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Every kind of fault once; {@code bench/run cluster} has more of them. */
class ClusterRunTest {
  @Test
  void whatIsLost_isTold() throws Exception {
    assumeTrue(Nats.program().isPresent(), "missing program: nats-server");
    var said = new ArrayList<String>();
    var run = new ClusterRun(Fault.values().length, 1, 600, Duration.ofMillis(600), false, 1);

    var outcome = run.run(said::add);

    assertThat(outcome.verdict()).as("%s", said).matches(v -> v.good(false));
    for (var mutant : Mutant.values()) {
      assertThat(outcome.verdict(mutant)).as(mutant.name()).matches(v -> !v.good(false));
    }
  }
}
