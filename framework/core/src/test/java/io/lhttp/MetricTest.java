package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A metric takes only names that Prometheus accepts, and keeps its labels in order. */
class MetricTest {
  @Test
  void labels_keepOrder() {
    var measure =
        Metric.counter("upstream_requests", "Requests.", 3)
            .with("target", "records")
            .with("result", "ok");

    assertThat(measure.kind()).isEqualTo(Metric.Kind.COUNTER);
    assertThat(measure.labels().keySet()).containsExactly("target", "result");
    assertThat(measure.value()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Upper", "a-b", "1a", "a b", "a\n"})
  void malformedName_throws(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> Metric.gauge(name, "Help.", 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metric.gauge("a", "Help.", 1).with(name, "x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a_total", "a_created", "a_bucket", "a_info"})
  void nameWithPrometheusSuffix_throws(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metric.counter(name, "Help.", 1))
        .withMessageContaining(name);
  }
}
