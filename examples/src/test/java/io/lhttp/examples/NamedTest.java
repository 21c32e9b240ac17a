package io.lhttp.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A test that a page names in code quotes.
 *
 * @param method empty if the page means the whole class
 */
record NamedTest(String name, String method) {
  private static final Pattern NAMED = Pattern.compile("`(\\w+(?:Test|Contract))(?:\\.(\\w+))?`");

  /** The sources of this repository's tests, by class. */
  private static final Map<String, String> SOURCES =
      Stream.concat(
              modules().map(module -> module + "/src/test/java"),
              Stream.of("testing/src/main/java")) // the contracts, which are tests in main code
          .flatMap(folder -> files(AppProcess.HOME.resolve(folder)))
          .collect(
              Collectors.toMap(
                  file -> file.getFileName().toString().replace(".java", ""),
                  NamedTest::read,
                  (one, other) -> one + other));

  private static Stream<String> modules() {
    return Modules.all().stream()
        .filter(module -> Files.isDirectory(AppProcess.HOME.resolve(module + "/src/test/java")));
  }

  static List<NamedTest> in(String text) {
    return NAMED
        .matcher(text)
        .results()
        .map(found -> new NamedTest(found.group(1), Optional.ofNullable(found.group(2)).orElse("")))
        .toList();
  }

  /** Whether the source has this test, or any test if no method is named. */
  boolean exists() {
    var source = SOURCES.getOrDefault(name, "");
    if (method.isEmpty()) {
      return !source.isEmpty();
    }
    var at = source.indexOf(" void " + method + "(");
    return at >= 0
        && Pattern.compile("@(Parameterized)?Test\\b")
            .matcher(source.substring(Math.max(0, source.lastIndexOf("\n  }\n", at)), at))
            .find();
  }

  private static Stream<Path> files(Path folder) {
    try (var files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().matches(".*(Test|Contract)\\.java"))
          .toList()
          .stream();
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
}
