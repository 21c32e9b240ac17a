package io.lhttp.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.SettingsCheck;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The key {@code tracing}, and the errors in it. */
class TracingSettingsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"1/100, 0.01", "0.25, 0.25", "1, 1", "0, 0", "3/3, 1"})
  void share_wellFormed_isRead(String text, double value) {
    assertThat(Share.parse(text).value()).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sample: 2 | tracing.sample: expected a share from 0 to 1 such as 1/100, 0.01 or 1, not"
            + " '2'",
        "sample: 1/0 | tracing.sample: expected a share from 0 to 1 such as 1/100, 0.01 or 1, not"
            + " '1/0'",
        "sample: 2/1 | tracing.sample: expected a share from 0 to 1 such as 1/100, 0.01 or 1, not"
            + " '2/1'",
        "sample: -1 | tracing.sample: expected a share from 0 to 1 such as 1/100, 0.01 or 1, not"
            + " '-1'",
        "sample: 1% | tracing.sample: expected a share from 0 to 1 such as 1/100, 0.01 or 1, not"
            + " '1%'",
        "sampel: 1 | unknown key 'tracing.sampel', did you mean 'sample'?",
        "otlp: collector | tracing: otlp: expected a URL of http or https, such as"
            + " http://localhost:4318",
        "otlp: 'http://a:b@c' | tracing: otlp: credentials belong into headers, such as"
            + " authorization",
        "headers: { 'a b': x } | tracing: headers: a name has letters, digits and hyphens",
        "service-name: ' ' | tracing: service-name is empty",
        "trust: [10] | tracing.trust[0]: expected an address or a block of them such as 10.0.0.0/8,"
            + " not '10'",
      })
  void problems_nameKeyValueAndExpectation(String options, String problem) throws Exception {
    var problems =
        new SettingsCheck(folder, Map.of()).problems("tracing: { %s }\n".formatted(options));

    assertThat(problems).singleElement().asString().contains(problem);
  }
}
