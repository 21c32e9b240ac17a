package io.lhttp.app.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The server reports file descriptors, signals and encodings of its environment that restrict it.
 */
class ProcessRestrictionsTest {
  private static final String RELOAD = "POST http://127.0.0.1:9091/reload does";

  @Test
  void noRestriction_hasNoObstacle() {
    var all = new ProcessRestrictions(Set.of(), OptionalLong.of(20_000), "UTF-8");
    assertThat(all.obstacles(20_000, RELOAD)).isEmpty();
    var unknown = new ProcessRestrictions(Set.of(), OptionalLong.empty(), "utf-8");
    assertThat(unknown.obstacles(20_000, RELOAD)).isEmpty();
  }

  @Test
  void tooFewDescriptors_areReportedWithBothNumbers() {
    assertThat(
            new ProcessRestrictions(Set.of(), OptionalLong.of(1_024), "UTF-8")
                .obstacles(20_000, RELOAD))
        .singleElement()
        .asString()
        .contains("1024 files", "limits.connections: 20000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "HUP; SIGHUP is ignored; POST http://127.0.0.1:9091/reload does",
        "TERM; SIGTERM is ignored; SIGINT drains and stops it",
        "INT; SIGINT is ignored; SIGTERM drains and stops it",
      })
  void ignoredSignal_isReportedWithAlternative(String signal, String expected, String other) {
    var ignoring = new ProcessRestrictions(Set.of(signal), OptionalLong.empty(), "UTF-8");
    assertThat(ignoring.obstacles(1, RELOAD))
        .singleElement()
        .asString()
        .startsWith(expected)
        .endsWith(other);
  }

  @Test
  void allStopSignalsIgnored_namesSigkill() {
    var ignoringBoth =
        new ProcessRestrictions(Set.of("TERM", "INT"), OptionalLong.empty(), "UTF-8");
    assertThat(ignoringBoth.obstacles(1, RELOAD))
        .hasSize(2)
        .allMatch(line -> line.contains("SIGKILL alone"));
  }

  @ParameterizedTest
  @CsvSource({"ANSI_X3.4-1968", "ISO-8859-1"})
  void fileNameEncodingOtherThanUtf8_isReported(String encoding) {
    assertThat(
            new ProcessRestrictions(Set.of(), OptionalLong.empty(), encoding).obstacles(1, RELOAD))
        .singleElement()
        .asString()
        .contains(encoding, "LC_ALL=C.UTF-8");
  }
}
