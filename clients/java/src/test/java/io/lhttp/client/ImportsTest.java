package io.lhttp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The client needs only the JDK and the message codec. */
class ImportsTest {
  private static final Pattern QUALIFIED =
      Pattern.compile("(?<![\\w.])(?:io|org|com|net)\\.\\w+[\\w.]*");
  private static final Pattern ALLOWED =
      Pattern.compile("io\\.lhttp\\.(?:message|client)\\b.*|org\\.jspecify\\.annotations\\..*");

  @Test
  void client_usesJdkAndCodecAlone() throws IOException {
    List<Path> sources;
    try (var files = Files.walk(Path.of("src/main/java"))) {
      sources = files.filter(file -> file.toString().endsWith(".java")).toList();
    }
    assertThat(sources).isNotEmpty();
    for (var source : sources) {
      var names = QUALIFIED.matcher(Files.readString(source)).results().map(MatchResult::group);
      assertThat(names.filter(name -> !ALLOWED.matcher(name).matches()))
          .as("in %s", source)
          .isEmpty();
    }
  }
}
