package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The tests of each example pass in {@code lhttp test}. */
class ScriptedExamplesTest {
  private static final Path EXAMPLES = AppProcess.HOME.resolve("examples").normalize();

  @TestFactory
  Stream<DynamicTest> applicationTests_ofEachExample_pass() throws IOException {
    var folders = foldersWithTests();
    assertThat(folders).contains(EXAMPLES.resolve("chat"), EXAMPLES.resolve("counter"));
    return folders.stream()
        .map(folder ->
            DynamicTest.dynamicTest(EXAMPLES.relativize(folder).toString(), () -> pass(folder)));
  }

  private static void pass(Path folder) throws Exception {
    var tests = CommandRun.lhttp("test", folder.toString());

    assertThat(tests.exitCode()).as(tests.output()).isZero();
    assertThat(tests.output()).contains("  ok    ").contains(" passed, 0 failed");
  }

  /** The two applications differ only in the order of their filters. */
  @Test
  void reorderedFilters_areTheSame() throws IOException {
    var reorder = EXAMPLES.resolve("reorder");
    for (var filter : List.of("limit.js", "shorten.js")) {
      var one = reorder.resolve("limit-then-shorten/filters").resolve(filter);
      var other = reorder.resolve("shorten-then-limit/filters").resolve(filter);
      assertThat(one).hasSameTextualContentAs(other);
    }
  }

  private static List<Path> foldersWithTests() throws IOException {
    try (var found = Files.find(EXAMPLES, 3, (path, _) -> path.endsWith("tests"))) {
      return found.map(tests -> tests.resolve("..").normalize()).sorted().toList();
    }
  }
}
