package io.lhttp.bench.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** A rolling restart with 300 clients loses nothing; {@code bench/run rolling} has 5,000. */
class RollingRestartTest {
  private static final int CONNECTIONS = 300;
  private static final int CAP = 100;

  @Test
  void rollingRestart_clientsReturnAtBoundedRateWithoutLoss() throws Exception {
    assumeTrue(Nats.program().isPresent(), "missing program: nats-server");
    var said = new ArrayList<String>();

    var seen = new RollingRestart(CONNECTIONS, CAP).run(said::add);

    assertThat(seen.verdict()).as("%s", said).matches(v -> v.good(true));
    assertThat(seen.returns()).isGreaterThanOrEqualTo(CONNECTIONS);
    assertThat(seen.mostInASecond())
        .isLessThanOrEqualTo(CAP * 3 / 2); // a busy machine delays some into the same second
  }
}
