package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.lhttp.app.cli.NewApplications;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The schema of {@code lhttp.yaml} for editors. */
class SchemaReferenceTest {
  private static final String TEMPLATES = "server/src/main/resources/io/lhttp/app/";
  private static final ReferencePage page = new ReferencePage(TEMPLATES + "new/lhttp.schema.json");
  private static final ObjectMapper yaml = new ObjectMapper(new YAMLFactory());

  @Test
  void schema_matchesCode() throws IOException {
    page.require(new JsonSchema().json());
  }

  @Test
  void settingsOfExamplesAndTemplates_fit() throws IOException {
    var files = new ArrayList<Path>();
    for (var folder : List.of("examples", TEMPLATES)) {
      try (var found = Files.walk(ReferencePage.HOME.resolve(folder))) {
        found.filter(file -> file.endsWith("lhttp.yaml")).forEach(files::add);
      }
    }
    assertThat(files).hasSizeGreaterThan(9);
    for (var file : files) {
      assertThat(problems(Files.readString(file))).as(file.toString()).isEmpty();
    }
  }

  @Test
  void examplesOfReference_fit() throws IOException {
    var blocks =
        new ArrayList<>(Markdown.blocks(new ReferencePage("docs/configuration.md").text(), "yaml"));
    try (var pages = Files.list(ReferencePage.HOME.resolve("docs/filters"))) {
      for (var file : pages.toList()) {
        blocks.addAll(Markdown.blocks(Files.readString(file), "yaml"));
      }
    }
    for (var block : blocks) {
      assertThat(problems(block)).as(block).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lisen: 8081",
        "limits: { message-byte: 1MiB }",
        "limits: { message-bytes: 1Mi64 }",
        "limits: { channels: many }",
        "probation: 10 parsecs",
        "compression: yep",
        "chain: pubsub",
        "chain: [ { rate-limit: { rat: 5/s } } ]",
        "chain: [ { slow: { filter: rate-limit, rat: 5/s } } ]",
        "chain: [ { auth: { anonymous: perhaps } } ]",
        "chain: [ { auth: { permissions: [ { allow: [ publish ] } ] } } ]",
        "chain: [ { events: { on: [ open ] } } ]",
        "chain: [ { pubsub: { channels: 3 } } ]",
        "chain: [ { Audit: { on-error: ignore } } ]",
        "chain: [ { auth: {}, pubsub: {} } ]",
        "slow-consumers: { a: drop-older }",
        "history: { a: { message: 10 } }",
        "broker: rabbit",
        "broker: { nats: { server: [ nats://a:4222 ] } }",
        "admin: { listn: 9091 }",
        "reload: slow",
        "processors: { echo: { clas: Echo } }",
        "file-permissions: ignored"
      })
  void mistake_isRefused(String settings) throws IOException {
    assertThat(problems(settings)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "listen: ${PORT:8081}",
        "listen: \"*:8081\"",
        "limits: { connections: 20_000, memory: 512MiB, message-bytes: \"${BYTES}\" }",
        "chain:\n- pubsub\n- Audit: { on-error: skip, anything: [ 1, 2 ] }\n- auth:",
        "chain: [ { slow: { filter: rate-limit, rate: 5/s } }, { a.B: { filter: C, d: 1 } } ]",
        "admin: false",
        "public: false",
        "probation: ${PROBATION:30s}",
        "trace: \"${TRACE:false}\"",
        "reload: { scripts: warm }",
        "broker: { nats: { jetstream: { replicas: 3 } } }",
        "processors: { echo: Echo, price: { options: { a: 1 } } }"
      })
  void validConfigurations_fitSchema(String settings) throws IOException {
    assertThat(problems(settings)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"new", "new --java"})
  void newApplication_refersToItsCopy(String command, @TempDir Path folder) throws IOException {
    NewApplications.make(command, folder);

    assertThat(folder.resolve("lhttp.yaml"))
        .content()
        .startsWith("# yaml-language-server: $schema=lhttp.schema.json\n");
    assertThat(folder.resolve("lhttp.schema.json")).content().isEqualTo(page.text());
  }

  private static List<String> problems(String settings) throws IOException {
    var schema = new ObjectMapper().readTree(page.text());
    var value = yaml.readTree(settings);
    return SchemaCheck.problems(schema, value.isMissingNode() ? yaml.createObjectNode() : value);
  }
}
