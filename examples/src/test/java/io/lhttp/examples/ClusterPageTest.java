package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** {@code docs/cluster.md} names an existing test for each promise. */
class ClusterPageTest {
  @Test
  void testsOfClusterPage_exist() throws IOException {
    var page = Files.readString(AppProcess.HOME.resolve("docs/cluster.md"));
    assertThat(NamedTest.in(page)).hasSizeGreaterThan(50).allMatch(NamedTest::exists);
  }

  @Test
  void promises_nameTests() throws IOException {
    try (var lines = Files.lines(AppProcess.HOME.resolve("docs/cluster.md"))) {
      var rows =
          lines
              .dropWhile(line -> !line.equals("## What is promised"))
              .skip(1)
              .takeWhile(line -> !line.startsWith("## "))
              .filter(line -> line.startsWith("| "))
              .skip(2) // the head of the table
              .toList();
      assertThat(rows).hasSizeGreaterThan(12);
      assertThat(rows).allMatch(row -> !NamedTest.in(row).isEmpty());
    }
  }
}
