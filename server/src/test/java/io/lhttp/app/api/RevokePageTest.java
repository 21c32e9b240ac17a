package io.lhttp.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.lhttp.app.Main;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.cli.Output;
import io.lhttp.app.settings.RevocationSettings;
import io.lhttp.fixture.HowToPage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The commands of the page about revocation have the effects that it names. */
class RevokePageTest extends ApiFixture {
  private static final HowToPage PAGE = new HowToPage("revoke.md");
  private static final String CONFIGURATION =
      """
      api:
        listen: 127.0.0.1:%d
        keys: { backend: { secret: %s } }
      """;

  @TempDir private Path application;

  @Test
  void commands_revokeAndBlock() throws Exception {
    Files.writeString(
        application.resolve("lhttp.yaml"), CONFIGURATION.formatted(api.uri().getPort(), KEY));
    var answers = new ArrayList<JsonNode>();
    for (var line : PAGE.block("sh", "./lhttp api").lines().toList()) {
      answers.add(run(line));
    }

    assertThat(answers.get(answers.size() - 3).get("removed").asBoolean()).isTrue();
    var revocations = answers.get(answers.size() - 2).get("entries");
    assertThat(revocations.findValuesAsText("user")).containsExactly("mia");
    assertThat(revocations.findValuesAsText("jti")).containsExactly("4711");
    assertThat(revocations.findValuesAsText("sha256")).hasSize(1);
    assertThat(revocations).hasSize(4);
    assertThat(answers.getLast().get("entries")).isEmpty();
  }

  @Test
  void blockedUser_losesConnection() throws Exception {
    try (var client = login("mia")) {
      Files.writeString(
          application.resolve("lhttp.yaml"), CONFIGURATION.formatted(api.uri().getPort(), KEY));
      var block =
          PAGE.block("sh", "./lhttp api")
              .lines()
              .filter(line -> line.contains(" block "))
              .findFirst()
              .orElseThrow();

      assertThat(run(block).get("changed").asInt()).isEqualTo(1);
      assertThat(client.closed().code()).isEqualTo(4403);
      assertThat(client.closed().reason()).isEqualTo("blocked");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"NATS", "FILE"})
  void settings_areReadWithoutProblems(RevocationSettings.Store store) throws Exception {
    var words = "store: " + store.name().toLowerCase(Locale.ROOT);
    Files.writeString(application.resolve("lhttp.yaml"), PAGE.block("yaml", words));

    var settings = new ApplicationLoader(application).settings();

    assertThat(settings.revocations().store()).isEqualTo(store);
  }

  private JsonNode run(String line) {
    var out = new StringWriter();
    var output = new Output(new PrintWriter(out), new PrintWriter(out));
    var words = List.of(line.replaceFirst(" +#.*", "").split(" +", -1));
    var command = Stream.concat(words.stream().skip(1), Stream.of("--app", application.toString()));
    assertThat(Main.run(output, command.toArray(String[]::new))).as(line + out).isZero();
    return ApiSchema.tree(out.toString());
  }
}
