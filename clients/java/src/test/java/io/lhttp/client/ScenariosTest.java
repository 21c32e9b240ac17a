package io.lhttp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The client passes the scenarios of docs/client-states.md, which the JavaScript client runs too.
 */
class ScenariosTest {
  private static final Path FILE = Path.of("../scenarios/scenarios.txt");
  private static final Pattern HEADING = Pattern.compile("^## ", Pattern.MULTILINE);

  @TestFactory
  Stream<DynamicTest> eachScenario_passes() throws IOException {
    return texts().stream()
        .map(text -> text.lines().toList())
        .filter(lines -> !lines.get(0).endsWith(" [js]"))
        .map(lines -> DynamicTest.dynamicTest(lines.get(0), () -> run(lines)));
  }

  /** Without this test, a file without scenarios would pass. */
  @Test
  void file_holdsScenarios() throws IOException {
    assertThat(texts()).hasSizeGreaterThan(40);
  }

  private static List<String> texts() throws IOException {
    return HEADING.splitAsStream(Files.readString(FILE)).skip(1).toList();
  }

  private static void run(List<String> lines) {
    var steps =
        Stream.concat(lines.stream().skip(1), Stream.of("nothing"))
            .filter(line -> !line.isBlank() && !line.startsWith("#"))
            .toList();
    var given = steps.get(0).startsWith("options ");
    var scenario =
        new Scenario(
            given ? Scenario.pairs(List.of(steps.get(0).split(" ")).subList(1, 2), '=') : Map.of());
    for (var step : steps.subList(given ? 1 : 0, steps.size())) {
      try {
        scenario.run(step);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("at \"%s\": %s".formatted(step, e.getMessage()), e);
      }
    }
    scenario.end();
  }
}
