package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each test method of the project is named {@code condition_result}. */
class TestNamesTest {
  private static final Pattern ANNOTATION =
      Pattern.compile("\\s+@(?:Test|ParameterizedTest|RepeatedTest|TestFactory)\\b.*");
  private static final Pattern METHOD =
      Pattern.compile(
          "\\s+(?:public |protected |static |final )*(?:void|Stream<\\S+>) (\\w+)\\(.*");
  private static final Pattern NAME =
      Pattern.compile("[a-z][A-Za-z0-9]*(?:_[a-z0-9][A-Za-z0-9]*){1,3}");

  @Test
  void testMethods_areNamedByConditionAndResult() throws IOException {
    var names = names();

    assertThat(names).hasSizeGreaterThan(1_500);
    assertThat(names).allSatisfy(name -> assertThat(name.method).as(name.file).matches(NAME));
  }

  private record Name(String file, String method) {}

  private static List<Name> names() throws IOException {
    var names = new ArrayList<Name>();
    for (var module : Modules.all()) {
      collectAll(AppProcess.HOME.resolve(module).resolve("src/test/java"), names);
    }
    collectAll(AppProcess.HOME.resolve("testing/src/main/java"), names);
    return names;
  }

  private static void collectAll(Path folder, List<Name> names) throws IOException {
    if (Files.exists(folder)) {
      try (var files = Files.walk(folder)) {
        for (var file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
          collect(file, names);
        }
      }
    }
  }

  /** Adds the name of the first method after each test annotation. */
  private static void collect(Path file, List<Name> names) throws IOException {
    var annotated = false;
    for (var line : Files.readAllLines(file)) {
      annotated |= ANNOTATION.matcher(line).matches();
      var method = METHOD.matcher(line);
      if (annotated && method.matches()) {
        names.add(new Name(file.getFileName().toString(), method.group(1)));
        annotated = false;
      }
    }
  }
}
