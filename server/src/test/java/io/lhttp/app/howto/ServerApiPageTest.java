package io.lhttp.app.howto;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Main;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.cli.Output;
import io.lhttp.fixture.HowToPage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of the page about the server API get the answers that it shows. */
class ServerApiPageTest {
  private static final String PAGE = "../server-api.md";
  private static final Pattern WORD = Pattern.compile("'([^']*)'|((?:[^\\s']|'[^']*')+)");

  @TempDir private Path folder;
  private String key = "";

  @Test
  void commands_answerAsOnPage() throws Exception {
    try (var run = start()) {
      var published = run.run("soup is ready", "\"position\"");
      assertThat(published.get("channel")).isEqualTo(run.shown("\"position\"").get("channel"));
      assertThat(run.run("chanel", "nearest")).isEqualTo(run.shown("nearest"));
      run.run("/api/disconnect", "refusals");
      assertThat(run.run("/api/batch", "answers")).isEqualTo(run.shown("answers"));
      assertThat(run.run("/api/audit")).contains("\"actor\":\"key backend\"");
      run.run("-o openapi.json");
      assertThat(folder.resolve("openapi.json")).content().startsWith("{\"openapi\":\"3.1.0\"");
    }
  }

  @Test
  void keys_areReadWithoutProblems() throws Exception {
    var secrets = Files.createDirectory(folder.resolve("secrets"));
    for (var name : List.of("backend", "dashboard", "new", "old")) {
      Files.writeString(secrets.resolve(name), "the-secret-in-the-file-" + name + "\n");
    }
    var block = new HowToPage(PAGE).block("yaml", "rotating:");
    Files.writeString(folder.resolve("lhttp.yaml"), block);

    assertThat(new ApplicationLoader(folder).settings().api().keys())
        .containsOnlyKeys("backend", "dashboard", "rotating");
  }

  @Test
  void commandLine_callsMethods() throws Exception {
    try (var run = start()) {
      Files.writeString(
          folder.resolve("lhttp.yaml"),
          run.page()
              .block("yaml", "listen: 127.0.0.1:9092")
              .replace("9092", String.valueOf(run.api().getPort()))
              .replace("${API_KEY}", key));
      var answers = new ArrayList<String>();
      for (var line : run.page().block("sh", "./lhttp api").lines().toList()) {
        var words =
            WORD.matcher(line.replace("my-app", folder.toString()))
                .results()
                .map(word -> word.group().replace("'", ""))
                .toList();
        var out = new StringWriter();
        var output = new Output(new PrintWriter(out), new PrintWriter(out));
        assertThat(Main.run(output, words.subList(1, words.size()).toArray(String[]::new)))
            .as(out.toString())
            .isZero();
        answers.add(out.toString());
      }
      assertThat(answers.getLast()).contains("\"text\":\"soup is ready\"");
    }
  }

  private ApiPage start() throws Exception {
    key = ApiPage.value(new HowToPage(PAGE), "API_KEY");
    return new ApiPage(PAGE, folder, Map.of("API_KEY", key));
  }
}
