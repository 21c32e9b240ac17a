package io.lhttp.app.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The variables of OpenTelemetry fill in what lhttp.yaml leaves out. */
class OtelVariablesTest {
  @Test
  void endpoint_withoutAny_isTheLocalCollector() {
    assertThat(of(Map.of()).endpoint(Optional.empty()))
        .isEqualTo(URI.create("http://localhost:4318/v1/traces"));
  }

  @Test
  void endpoint_ofVariables_countsUnlessWritten() {
    var variables = of(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318/base/"));
    assertThat(variables.endpoint(Optional.empty()))
        .isEqualTo(URI.create("http://c:4318/base/v1/traces"));
    assertThat(variables.endpoint(Optional.of(URI.create("https://d"))))
        .isEqualTo(URI.create("https://d/v1/traces"));
    assertThat(variables.endpoint(Optional.of(URI.create("https://d/otlp/v1/traces"))))
        .isEqualTo(URI.create("https://d/otlp/v1/traces"));
    assertThat(
            of(Map.of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c/whole"))
                .endpoint(Optional.empty()))
        .isEqualTo(URI.create("http://c/whole"));
  }

  @Test
  void pairs_arePercentDecoded() {
    assertThat(of(Map.of("OTEL_EXPORTER_OTLP_HEADERS", "a=b%20c, d=e+f=")).headers())
        .containsExactly(entry("a", "b c"), entry("d", "e+f="));
    assertThat(
            of(Map.of("OTEL_RESOURCE_ATTRIBUTES", "service.name=x,k=v", "OTEL_SERVICE_NAME", "y"))
                .resource())
        .containsExactly(entry("service.name", "y"), entry("k", "v"));
  }

  @ParameterizedTest
  @CsvSource({
    ", , 0.01",
    "always_on, , 1",
    "parentbased_always_off, , 0",
    "traceidratio, 0.25, 0.25",
    "parentbased_traceidratio, , 1"
  })
  void sampler_givesTheShare(String sampler, String argument, double share) {
    var variables = new HashMap<String, String>();
    variables.put("OTEL_TRACES_SAMPLER", sampler);
    variables.put("OTEL_TRACES_SAMPLER_ARG", argument);

    assertThat(of(variables).share().value()).isEqualTo(share);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OTEL_TRACES_SAMPLER | jaeger_remote | OTEL_TRACES_SAMPLER: expected always_on",
        "OTEL_BSP_MAX_QUEUE_SIZE | 0 | OTEL_BSP_MAX_QUEUE_SIZE: expected a whole number from 1 to",
        "OTEL_EXPORTER_OTLP_ENDPOINT | collector:4318 | OTEL_EXPORTER_OTLP_ENDPOINT: expected a"
            + " URL",
        "OTEL_EXPORTER_OTLP_HEADERS | authorization | OTEL_EXPORTER_OTLP_HEADERS: expected"
            + " NAME=VALUE",
        "OTEL_EXPORTER_OTLP_HEADERS | a=%zz | OTEL_EXPORTER_OTLP_HEADERS: a value has a malformed",
      })
  void variable_malformed_isNamed(String name, String value, String message) {
    var variables = of(Map.of(name, value));

    assertThatThrownBy(
            () -> {
              var _ = variables.share();
              var _ = variables.queue();
              var _ = variables.endpoint(Optional.empty());
              var _ = variables.headers();
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void variables_switchTracingOff() {
    assertThat(of(Map.of()).off()).isFalse();
    assertThat(of(Map.of("OTEL_SDK_DISABLED", "true")).off()).isTrue();
    assertThat(of(Map.of("OTEL_TRACES_EXPORTER", "none")).off()).isTrue();
  }

  private static OtelVariables of(Map<String, String> variables) {
    return new OtelVariables(variables::get);
  }
}
