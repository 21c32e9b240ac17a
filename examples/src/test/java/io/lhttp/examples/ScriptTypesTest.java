package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TypeScript accepts each script of the examples, the template and the docs. */
class ScriptTypesTest {
  private static final Path HOME = AppProcess.HOME.normalize();
  private static final Path CLIENT = HOME.resolve("clients/js");
  private static final Path NEW = HOME.resolve("server/src/main/resources/io/lhttp/app/new");
  private static final Path TYPES =
      HOME.resolve("scripts/src/main/resources/io/lhttp/scripts/lhttp.d.ts");

  private static final Set<String> KINDS = Set.of("filters", "processors", "tests");
  private static final Pattern SNIPPET = Pattern.compile("```js\\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;

  @Test
  void scripts_ofExamplesTemplateAndDocs_areWellTyped() throws Exception {
    var files = new ArrayList<Path>();
    files.add(TYPES);
    files.addAll(scripts(HOME.resolve("examples")));
    files.addAll(scripts(NEW));
    files.addAll(snippets("README.md"));
    files.addAll(snippets("docs/scripting.md"));
    assertThat(files).contains(NEW.resolve("filters/no-shouting.js")).hasSizeGreaterThan(12);

    var checked = check(files);

    assertThat(checked.exitCode()).as(checked.output()).isZero();
  }

  @Test
  void scripts_ofTheTypeScriptTemplate_areWellTypedAndErasable() throws Exception {
    var template = NEW.resolveSibling("new-ts");
    var project =
        Files.writeString(
            folder.resolve("tsconfig.json"),
            "{\"extends\": \"%1$s/tsconfig.json\", \"include\": [\"%1$s/*/*.ts\", \"%2$s\"]}"
                .formatted(template, TYPES));

    var checked =
        CommandRun.in(folder, List.of(compiler().toString(), "--project", project.toString()));

    assertThat(checked.exitCode()).as(checked.output()).isZero();
  }

  @Test
  void unknownMember_isReported() throws Exception {
    var wrong = folder.resolve("wrong.js");
    Files.writeString(
        wrong,
        """
        /** @param {lhttp.Context} ctx */
        export function before(ctx) {
          ctx.reject(422);
        }
        """);

    assertThat(check(List.of(TYPES, wrong)).output())
        .contains("'reject' does not exist on type 'Context'");
  }

  /** Checks files with the TypeScript options that {@code lhttp new} writes into an application. */
  private CommandRun check(List<Path> files) throws IOException, InterruptedException {
    var project =
        Files.writeString(
            folder.resolve("tsconfig.json"),
            "{\"extends\": \"%s\", \"include\": [], \"files\": [%s]}"
                .formatted(
                    NEW.resolve("jsconfig.json"),
                    files.stream()
                        .map(file -> "\"" + file + "\"")
                        .collect(Collectors.joining(", "))));
    return CommandRun.in(folder, List.of(compiler().toString(), "--project", project.toString()));
  }

  private static Path compiler() throws InterruptedException {
    var compiler = CLIENT.resolve("node_modules/.bin/tsc");
    if (!Files.exists(compiler)) {
      try {
        CommandRun.in(CLIENT, List.of("npm", "install", "--no-audit", "--no-fund"));
      } catch (IOException e) {
        assumeTrue(false, "missing program: npm");
      }
    }
    assumeTrue(Files.exists(compiler), "missing program: tsc, which npm install brings");
    return compiler;
  }

  private static List<Path> scripts(Path root) throws IOException {
    try (Stream<Path> found = Files.walk(root)) {
      return found
          .filter(file -> file.toString().endsWith(".js"))
          .filter(file -> KINDS.contains(file.getName(file.getNameCount() - 2).toString()))
          .toList();
    }
  }

  private List<Path> snippets(String document) throws IOException {
    var files = new ArrayList<Path>();
    for (var snippet :
        SNIPPET.matcher(Files.readString(HOME.resolve(document))).results().toList()) {
      var name = document.replace('/', '-') + "-" + (files.size() + 1) + ".js";
      files.add(Files.writeString(folder.resolve(name), snippet.group(1)));
    }
    assertThat(files).as(document).hasSizeGreaterThan(1);
    return files;
  }
}
