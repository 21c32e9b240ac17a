package io.lhttp.app.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.lhttp.Metric;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A renamed metric is shown under its new and its deprecated name. */
class DeprecatedMetricsTest {
  @Test
  void renamedCounter_isShownUnderBothNames_andOldHelpNamesNew() {
    var now = Metric.counter("script_timeouts", "Slow calls.", 3).with("link", "echo");

    var shown = DeprecatedMetrics.with(List.of(now));

    assertThat(shown)
        .extracting(Metric::kind, Metric::name, Metric::help, Metric::labels, Metric::value)
        .containsExactly(
            tuple(Metric.Kind.COUNTER, "script_timeouts", "Slow calls.", now.labels(), 3.0),
            tuple(
                Metric.Kind.COUNTER,
                "script_late",
                "Deprecated, replaced by lhttp_script_timeouts_total.",
                now.labels(),
                3.0));
  }

  @Test
  void renamedGauge_oldHelpHasNoSuffix() {
    var shown = DeprecatedMetrics.with(List.of(Metric.gauge("generations_open", "Open.", 2)));

    assertThat(shown.getLast().name()).isEqualTo("generations_alive");
    assertThat(shown.getLast().help()).isEqualTo("Deprecated, replaced by lhttp_generations_open.");
  }

  @ParameterizedTest
  @CsvSource({
    "header, head",
    "not-yet-valid, early",
    "keys-unavailable, no-keys",
    "signature, signature"
  })
  void renamedReason_hasOldValueUnderOldNameOnly(String now, String old) {
    var refusals = Metric.counter("auth_refusals", "Refused.", 1).with("reason", now);

    var shown = DeprecatedMetrics.with(List.of(refusals));

    assertThat(shown)
        .extracting(Metric::name, metric -> metric.labels().get("reason"))
        .containsExactly(tuple("auth_refusals", now), tuple("auth_refused", old));
  }

  @Test
  void unchangedMetric_isShownOnce() {
    var connections = List.of(Metric.gauge("connections", "Open.", 1));

    assertThat(DeprecatedMetrics.with(connections)).isEqualTo(connections);
  }
}
