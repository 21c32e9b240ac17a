package io.lhttp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A report compares medians with goals. */
class ReportTest {
  @Test
  void median_ofEvenNumber_isMeanOfMiddleTwo() {
    assertThat(Report.median(new double[] {9, 1, 3, 4})).isEqualTo(3.5);
    assertThat(Report.median(new double[] {9, 1, 3})).isEqualTo(3);
  }

  @Test
  void ratio_dividesMedians() {
    var report =
        new Report(
            Mode.ECHO,
            List.of(
                rate("floor", 1_000),
                rate("floor", 2_000),
                rate("floor", 9_000),
                rate("ours", 1_900),
                rate("ours", 1_700),
                rate("ours", 0)));
    assertThat(report.toString())
        .containsPattern("received +2,000 +1,700 +0\\.85 +1,000 – 9,000 +0 – 1,900")
        .contains("at least 0.80 of the floor's rate: reached");
  }

  @Test
  void goal_missed_isReported() {
    var rates = List.of(rate("floor", 1_000), rate("ours", 890));
    assertThat(new Report(Mode.FANOUT_1000, rates).toString())
        .contains("at least 0.90 of the floor's rate: MISSED");
  }

  @Test
  void upstream_goalIsCheckedWithAndWithoutDriver() {
    var rates =
        List.of(
            result("floor", Map.of(Figure.RATE, 1_000.0, Figure.RATE_WITHOUT_DRIVER, 1_000.0)),
            result("ours", Map.of(Figure.RATE, 790.0, Figure.RATE_WITHOUT_DRIVER, 810.0)));
    assertThat(new Report(Mode.UPSTREAM, rates).toString())
        .contains("at least 0.80 of the floor's rate: MISSED")
        .contains("at least 0.80 of the floor's rate with the driver elsewhere: reached");
  }

  @Test
  void metrics_goalIsComparedToQuietServer() {
    var rates = List.of(rate("floor", 1_000), rate("ours", 980));
    assertThat(new Report(Mode.METRICS, rates).toString())
        .contains("on/off")
        .contains("at least 0.97 of the quiet server's rate: reached");
  }

  @Test
  void idle_goalIsMemoryPerConnection() {
    var memory = List.of(result("ours", Map.of(Figure.PER_CONNECTION, 9.1)));
    assertThat(new Report(Mode.IDLE, memory).toString())
        .contains("at most 9 KiB per connection: MISSED");
  }

  @Test
  void lost_oneMessage_isTrue() {
    var lost = new Report(Mode.PUBLISH, List.of(result("ours", Map.of(Figure.LOST, 1.0))));
    assertThat(lost.lost()).isTrue();
    assertThat(new Report(Mode.PUBLISH, List.of(rate("ours", 1))).lost()).isFalse();
  }

  @Test
  void result_writtenAndParsed_isEqual() {
    var result = result("ours", Map.of(Figure.RATE, 12.5, Figure.P99, 1e9));
    assertThat(Result.parse(result.toString())).contains(result);
    assertThat(Result.parse(Load.WARM)).isEmpty();
  }

  private static Result rate(String server, double rate) {
    return result(server, Map.of(Figure.RATE, rate));
  }

  private static Result result(String server, Map<Figure, Double> figures) {
    return new Result(server, new EnumMap<>(figures));
  }
}
