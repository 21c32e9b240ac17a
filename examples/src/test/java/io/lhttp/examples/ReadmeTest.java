package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts, classes and links of the README work. */
class ReadmeTest {
  @Test
  void scriptsOfReadme_run(@TempDir Path folder) throws IOException {
    write(folder.resolve("filters/no-shouting.js"), snippet("js", "function before"));
    write(folder.resolve("processors/echo.js"), snippet("js", "function onMessage"));
    write(folder.resolve("lhttp.yaml"), snippet("yaml", "- no-shouting"));

    echoesAndRefusesToBeShoutedAt(folder);
  }

  @Test
  void classesOfReadme_run(@TempDir Path folder) throws IOException {
    write(folder.resolve("filters/NoShouting.java"), snippet("java", "class NoShouting"));
    write(folder.resolve("processors/Echo.java"), snippet("java", "class Echo"));
    write(folder.resolve("lhttp.yaml"), snippet("yaml", "- NoShouting"));

    echoesAndRefusesToBeShoutedAt(folder);
  }

  @Test
  void programOfReadme_compiles(@TempDir Path folder) throws IOException {
    var source = write(folder.resolve("Main.java"), snippet("java", "class Main"));

    var result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                folder.toString(),
                source.toString());

    assertThat(result).isZero();
  }

  @Test
  void linksOfReadme_leadToFiles() throws IOException {
    var links = Pattern.compile("\\]\\((?!https?:)([^)#]+)").matcher(readme());

    assertThat(links.results().map(link -> link.group(1)))
        .isNotEmpty()
        .allSatisfy(link -> assertThat(AppProcess.HOME.resolve(link)).exists());
  }

  private static void echoesAndRefusesToBeShoutedAt(Path folder) {
    try (var app = AppProcess.dev(folder);
        var client = app.connect()) {
      assertThat(client.request(Message.of("echo", "hello")).body()).isEqualTo("you said hello");
      assertThat(client.request(Message.of("echo", "HELLO")).header("error"))
          .contains("no shouting");
    }
  }

  private static String readme() throws IOException {
    return Files.readString(AppProcess.HOME.resolve("README.md"));
  }

  /** Returns the block of this language that contains these words. */
  private static String snippet(String language, String words) throws IOException {
    return Pattern.compile("```" + language + "\\n(.*?)```", Pattern.DOTALL)
        .matcher(readme())
        .results()
        .map(block -> block.group(1))
        .filter(block -> block.contains(words))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the README has no " + words));
  }

  private static Path write(Path file, String content) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    return Files.writeString(file, content);
  }
}
