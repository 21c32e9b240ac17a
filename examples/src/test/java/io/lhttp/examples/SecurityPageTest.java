package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/security.md} names existing tests for each attack. */
class SecurityPageTest {
  private record Row(List<String> cells) {
    List<NamedTest> tests() {
      return NamedTest.in(cells.getLast());
    }
  }

  @Test
  void attacks_nameExistingTests() throws IOException {
    for (var row : rows()) {
      assertThat(row.cells()).as("area, attack, what happens, test").hasSize(4);
      assertThat(row.tests()).as("tests against: " + row.cells().get(1)).isNotEmpty();
      assertThat(row.tests()).allMatch(NamedTest::exists);
    }
  }

  @Test
  void areas_areAllCovered() throws IOException {
    assertThat(rows().stream().map(row -> row.cells().getFirst()).distinct())
        .contains(
            "handshake",
            "HTTP",
            "files",
            "TLS",
            "frames",
            "slow clients",
            "messages",
            "channels",
            "tokens",
            "permissions",
            "rates",
            "upstream",
            "events",
            "scripts",
            "reload",
            "logs",
            "admin");
    assertThat(rows()).hasSizeGreaterThan(80);
  }

  private static List<Row> rows() throws IOException {
    try (var lines = Files.lines(AppProcess.HOME.resolve("docs/security.md"))) {
      return lines
          .filter(line -> line.startsWith("| "))
          .skip(2) // the head of the table
          .map(line -> line.substring(1, line.length() - 1).split(" \\| ", -1))
          .map(cells -> new Row(Stream.of(cells).map(String::strip).toList()))
          .toList();
    }
  }
}
