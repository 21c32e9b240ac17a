package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.config.Form;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.Yaml;
import io.lhttp.app.secrets.SecretFiles;
import io.lhttp.app.settings.SettingsForms;
import io.lhttp.app.settings.SettingsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/configuration.md} has all keys of {@code lhttp.yaml}. */
class ConfigurationReferenceTest {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]+)");
  private static final String KEYS = "keys ";

  private static final ReferencePage page = new ReferencePage("docs/configuration.md");
  private static final Javadocs javadocs = new Javadocs(ReferencePage.HOME);
  private static final SettingsForms forms = new SettingsForms();

  @Test
  void tables_matchCode() throws IOException {
    page.requireParts(part -> table(part).markdown());
  }

  @Test
  void tables_haveEachKeyOnce() throws IOException {
    var inTables = new ArrayList<String>();
    for (var part : page.parts()) {
      if (part.startsWith(KEYS)) {
        inTables.addAll(List.of(part.substring(KEYS.length()).split(" ")));
      }
    }
    assertThat(inTables)
        .containsExactlyInAnyOrderElementsOf(all().stream().map(Form.Key::name).toList());
    assertThat(page.parts()).contains("entry of the chain");
  }

  @Test
  void examples_haveEachKey() throws IOException {
    var written = new HashSet<String>();
    for (var example : examples()) {
      paths(node(example, new Problems()), "", written);
    }
    for (var part : page.parts()) {
      assertThat(written.stream().map(path -> path.substring(path.lastIndexOf('.') + 1)))
          .as("the keys in the examples of docs/configuration.md")
          .containsAll(
              table(part).names().stream()
                  .map(name -> name.substring(name.lastIndexOf('.') + 1))
                  .filter(name -> !List.of("token", "nkey", "credentials").contains(name))
                  .toList());
    }
  }

  @Test
  void examples_areReadWithoutProblems(@TempDir Path folder) throws IOException {
    for (var file : List.of("certificate.pem", "key.pem", "ca.pem", "server.pem", "server.key")) {
      Files.writeString(folder.resolve(file), "");
    }
    for (var example : examples()) {
      var problems = new Problems();
      var _ =
          new SettingsReader(folder, problems, new SecretFiles(folder, true))
              .read(node(example, problems));
      assertThat(problems.found()).as(example).isEmpty();
    }
  }

  @Test
  void variablesOfLauncher_areOnPage() throws IOException {
    var read = new HashSet<String>();
    try (var scripts = Files.list(ReferencePage.HOME.resolve("launcher"))) {
      for (var script : scripts.filter(file -> file.toString().endsWith(".sh")).toList()) {
        VARIABLE.matcher(Files.readString(script)).results().forEach(m -> read.add(m.group(1)));
      }
    }
    read.remove("MAVEN_OPTS"); // Maven's own
    assertThat(read).hasSizeGreaterThan(6);
    var text = page.text();
    assertThat(read)
        .as("variables that docs/configuration.md lacks")
        .filteredOn(variable -> !text.contains("`" + variable + "`"))
        .isEmpty();
  }

  private static KeyTable table(String part) {
    if (part.equals("entry of the chain")) {
      return new KeyTable(javadocs).with(forms.ofLink());
    }
    var names = List.of(part.substring(KEYS.length()).split(" "));
    var keys =
        all().stream()
            .filter(key -> names.contains(key.name()))
            .sorted(Comparator.comparingInt(key -> names.indexOf(key.name())))
            .toList();
    return new KeyTable(javadocs).with(keys);
  }

  private static List<Form.Key> all() {
    return forms.all().keys();
  }

  private static List<String> examples() throws IOException {
    var examples = Markdown.blocks(page.text(), "yaml");
    assertThat(examples).hasSizeGreaterThan(8);
    return examples;
  }

  private static Node node(String yaml, Problems problems) {
    return Yaml.file(
        "lhttp.yaml", yaml, name -> name.equals("PORT") ? null : "the-value-of-" + name, problems);
  }

  private static void paths(Node node, String path, Set<String> into) {
    switch (node) {
      case Node.Mapping mapping ->
          mapping
              .entries()
              .forEach(entry -> {
                into.add(path + entry.key());
                paths(entry.value(), path + entry.key() + ".", into);
              });
      case Node.Sequence sequence -> sequence.items().forEach(item -> paths(item, path, into));
      default -> {}
    }
  }
}
