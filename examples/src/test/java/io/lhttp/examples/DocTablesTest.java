package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** The tables of all pages are rendered as they were meant. */
class DocTablesTest {
  /** Two tables without an empty line between them would show the second head as a row. */
  @Test
  void tables_haveOneHeadAndEqualRows() throws IOException {
    for (var page : DocsTest.allPages()) {
      var lines = Files.readAllLines(AppProcess.HOME.resolve(page));
      var table = new ArrayList<String>();
      for (var i = 0; i < lines.size(); i++) {
        if (!lines.get(i).startsWith("|")) {
          table.clear();
          continue;
        }
        table.add(lines.get(i).replace("\\|", ""));
        assertThat(table.getLast())
            .as("%s:%d", page, i + 1)
            .satisfies(row -> assertThat(columns(row)).isEqualTo(columns(table.getFirst())))
            .satisfies(
                row -> assertThat(row.matches("(\\| *:?-+:? *)+\\|")).isEqualTo(table.size() == 2));
      }
    }
  }

  private static long columns(String row) {
    return row.chars().filter(c -> c == '|').count();
  }
}
