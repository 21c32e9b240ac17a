package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each attack of docs/security.md names tests, and each of them exists. */
class SecurityPageTest {
  private static final Pattern NAMED = Pattern.compile("`(\\w+Test)\\.(\\w+)`");
  private static final List<String> MODULES =
      List.of("framework", "testing", "filters", "scripts", "clients/java", "server", "examples");

  private record Row(List<String> cells) {
    List<MatchResult> tests() {
      return NAMED.matcher(cells.getLast()).results().toList();
    }
  }

  @Test
  void everyAttackNamesTestsThatExist() throws IOException {
    var classes = testClasses();
    for (var row : rows()) {
      assertThat(row.cells()).as("area, attack, what happens, test").hasSize(4);
      assertThat(row.tests()).as("tests against: " + row.cells().get(1)).isNotEmpty();
      for (var named : row.tests()) {
        assertThat(isTest(classes, named.group(1), named.group(2))).as(named.group()).isTrue();
      }
    }
  }

  @Test
  void noAreaIsLeftOut() throws IOException {
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
          .skip(2) // the head
          .map(line -> line.substring(1, line.length() - 1).split(" \\| ", -1))
          .map(cells -> new Row(Stream.of(cells).map(String::strip).toList()))
          .toList();
    }
  }

  private static Map<String, String> testClasses() {
    return MODULES.stream()
        .flatMap(module -> sources(AppProcess.HOME.resolve(module).resolve("src/test/java")))
        .collect(
            Collectors.toMap(
                file -> file.getFileName().toString().replace(".java", ""),
                SecurityPageTest::read,
                (one, other) -> one + other));
  }

  private static Stream<Path> sources(Path folder) {
    try (var files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith("Test.java")).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the class has this method, and an annotation between it and the member before. */
  private static boolean isTest(Map<String, String> classes, String name, String method) {
    var source = Optional.ofNullable(classes.get(name)).orElse("");
    var at = source.indexOf(" void " + method + "(");
    return at >= 0
        && Pattern.compile("@(Parameterized)?Test\\b")
            .matcher(source.substring(Math.max(0, source.lastIndexOf("\n  }\n", at)), at))
            .find();
  }
}
