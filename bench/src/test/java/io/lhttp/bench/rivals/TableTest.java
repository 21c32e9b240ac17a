package io.lhttp.bench.rivals;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The tables are Markdown, whose rows have as many cells as its head. */
class TableTest {
  @Test
  void absentServer_hasRowWithReasonAndAllCells() {
    var table = new Table(Traffic.ECHO);
    table.absent(Contestant.NATS, "it has no echo");
    var rows = table.toString().lines().filter(line -> line.startsWith("|")).toList();
    assertThat(rows).hasSize(3);
    assertThat(rows.getLast()).startsWith("| nats | it has no echo |");
    assertThat(rows.stream().map(TableTest::cells).distinct()).hasSize(1);
  }

  @Test
  void millis_anyMagnitude_hasAboutThreeDigits() {
    assertThat(Markdown.millis(42)).isEqualTo("0.04");
    assertThat(Markdown.millis(1_540)).isEqualTo("1.5");
    assertThat(Markdown.millis(361_000)).isEqualTo("361");
  }

  private static long cells(String row) {
    return row.chars().filter(c -> c == '|').count();
  }
}
