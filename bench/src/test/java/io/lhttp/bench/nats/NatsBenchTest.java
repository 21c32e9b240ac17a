package io.lhttp.bench.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.bench.Args;
import io.lhttp.bench.cluster.Nats;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The NATS benchmarks run on a small scale; the tests check no speed. */
class NatsBenchTest {
  @Test
  void manySubscribers_useOneNatsSubscriptionPerChannel() throws Exception {
    var goals = run("subscriptions");

    assertThat(goals).singleElement().matches(Goal::reached);
  }

  @Test
  void publishOne_measuresOursAndNaive() throws Exception {
    assertThat(run("publish-one")).singleElement().asString().contains("ours ", "naive ");
  }

  @Test
  void unknownFigure_isNamedInError() {
    assertThatThrownBy(() -> NatsBench.run(Args.parse(List.of("fan-out"), List.of())))
        .hasMessageContaining("fan-out");
  }

  private static List<Goal> run(String figure) throws Exception {
    assumeTrue(Nats.program().isPresent(), "missing program: nats-server");
    var line = List.of(figure, "--scale", "1", "--rounds", "1", "--seconds", "0.1");
    return NatsBench.run(Args.parse(line, NatsBench.OPTIONS));
  }
}
