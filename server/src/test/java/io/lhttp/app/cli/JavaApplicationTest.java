package io.lhttp.app.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** {@code new --java} and {@code ide} make a Maven project of an application with Java sources. */
class JavaApplicationTest extends CommandFixture {
  private static final List<String> CONFIGURATIONS =
      List.of(
          ".run/run.run.xml",
          ".run/debug.run.xml",
          ".run/attach.run.xml",
          ".vscode/tasks.json",
          ".vscode/launch.json");

  @AfterEach
  void forgetLauncher() {
    System.clearProperty("lhttp.launcher");
    System.clearProperty("lhttp.artifacts");
  }

  @Test
  void newApplication_passesCheckAndItsTests() throws Exception {
    var made = folder.resolve("my-app");

    assertThat(run("new", "--java", made.toString())).as(err.toString()).isZero();
    assertThat(out.toString()).contains("&& mvn test)", "./lhttp ide DIR in a checkout installs");
    assertThat(run("check", made.toString())).as(err.toString()).isZero();
    assertThat(CONFIGURATIONS).allSatisfy(name -> assertThat(made.resolve(name)).isNotEmptyFile());
    assertThat(runTestsOf(made)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"my app", "it's", "a$HOME", "say \"hi\" & <bye>", "-x", "a;b"})
  void newApplication_inFolderOfAnyName_printsCommandsForIt(String name) throws Exception {
    var made = folder.resolve(name);

    assertThat(run("new", "--java", made.toString())).as(err.toString()).isZero();
    assertThat(run("ide", made.toString())).as(err.toString()).isZero();
    var command =
        out.toString().lines().filter(line -> line.contains("mvn test")).findFirst().orElseThrow();
    var shell =
        new ProcessBuilder("sh", "-c", command.strip().replaceFirst("mvn test.*", "pwd)"))
            .redirectErrorStream(true)
            .start();
    assertThat(new String(shell.getInputStream().readAllBytes(), UTF_8).strip())
        .isEqualTo(made.toString());
    assertThat(text(pom(made), "/project/artifactId")).matches("[A-Za-z0-9_.-]+");
  }

  @Test
  void testCommand_pointsToMaven() {
    run("new", "--java", folder.toString());

    assertThat(run("test", folder.toString())).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            "lhttp: no tests: there is no %s/tests/NAME.test.js; mvn test runs those in Java\n"
                .formatted(folder));
  }

  @Test
  void installedArtifacts_needNoHint() {
    System.setProperty("lhttp.artifacts", "installed");

    assertThat(run("new", "--java", folder.resolve("my-app").toString())).isZero();
    assertThat(out.toString()).doesNotContain("Maven Central");
  }

  @Test
  void pom_hasVersionsOfThisBuild() throws Exception {
    run("new", "--java", folder.toString());
    var pom = pom(folder);
    var ours = xml(Path.of(System.getProperty("lhttp.home", ".."), "pom.xml"));

    assertThat(text(pom, "/project/properties/lhttp.version"))
        .isEqualTo(text(ours, "/project/version"));
    for (var library : List.of("junit", "assertj", "slf4j")) {
      assertThat(text(pom, "/project/properties/" + library + ".version"))
          .as(library)
          .isEqualTo(text(ours, "/project/properties/" + library + ".version"));
    }
    for (var plugin :
        List.of("toolchains", "dependency", "clean", "resources", "compiler", "surefire", "exec")) {
      assertThat(
              text(
                  pom,
                  "//plugin[starts-with(artifactId,'maven-%1$s-') or artifactId='%1$s-maven-plugin']/version"
                      .formatted(plugin)))
          .as(plugin)
          .isEqualTo(text(ours, "/project/properties/" + plugin + ".plugin.version"));
    }
  }

  @Test
  void pom_runsLauncherThatWroteIt() throws Exception {
    System.setProperty("lhttp.launcher", "/opt/a & b/lhttp");

    run("new", "--java", folder.resolve("Grüße & <Co>").toString());

    var pom = pom(folder.resolve("Grüße & <Co>"));
    assertThat(text(pom, "/project/properties/lhttp")).isEqualTo("/opt/a & b/lhttp");
    assertThat(text(pom, "/project/artifactId")).isEqualTo("Gr-e-Co-");
    assertThat(text(pom, "//execution[id='debug']//argument[4]")).isEqualTo("--debug");
    assertThat(text(pom, "//execution[id='run']//argument[1]")).isEqualTo("dev");
  }

  @Test
  void ide_looseFolder_hasItsJarsOnClassPath() throws Exception {
    write("lhttp.yaml", "");
    write("filters/lib/a & b.jar", "");
    write("processors/c.jar", "");
    write("processors/lib/a-b.jar", "");
    write("filters/lib-a-b.jar", "");
    write("filters/dependencies/copied.jar", "");
    write("filters/.hidden/d.jar", "");
    write("lib/e.jar", "");

    assertThat(run("ide", folder.toString())).as(err.toString()).isZero();

    assertThat(texts(pom(folder), "//dependency[scope='system']/systemPath"))
        .containsExactly(
            "${project.basedir}/filters/lib-a-b.jar",
            "${project.basedir}/filters/lib/a & b.jar",
            "${project.basedir}/processors/c.jar",
            "${project.basedir}/processors/lib/a-b.jar");
    assertThat(texts(pom(folder), "//dependency[scope='system']/artifactId"))
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[A-Za-z0-9_.-]+"));
    assertThat(texts(pom(folder), "//dependency/artifactId"))
        .contains("lhttp-core", "lhttp-testing", "junit-jupiter");
    assertThat(out.toString()).contains("pom.xml", "written");
  }

  @Test
  void ide_twice_changesNothing() throws Exception {
    write("lhttp.yaml", "");
    run("ide", folder.toString());
    var before = contents();
    out.getBuffer().setLength(0);

    assertThat(run("ide", folder.toString())).isZero();

    assertThat(contents()).isEqualTo(before);
    assertThat(out.toString().lines().filter(line -> line.endsWith(" unchanged")))
        .hasSize(4 + CONFIGURATIONS.size());
  }

  @Test
  void ide_afterNewJar_updatesItsOwnPom() throws Exception {
    write("lhttp.yaml", "");
    run("ide", folder.toString());
    write("filters/a.jar", "");

    assertThat(run("ide", folder.toString())).isZero();

    assertThat(out.toString()).containsPattern("pom.xml +updated");
    assertThat(texts(pom(folder), "//systemPath")).hasSize(1);
  }

  @Test
  void ide_keepsEditedFilesAndSaysSo() throws Exception {
    write("lhttp.yaml", "");
    run("ide", folder.toString());
    var pom = Files.readString(folder.resolve("pom.xml")).replace("1.0-SNAPSHOT", "2.0");
    write("pom.xml", pom);
    write(".vscode/launch.json", "{}");
    write("filters/a.jar", "");

    assertThat(run("ide", folder.toString())).isZero();

    assertThat(folder.resolve("pom.xml")).content().isEqualTo(pom);
    assertThat(folder.resolve(".vscode/launch.json")).content().isEqualTo("{}");
    assertThat(out.toString())
        .containsPattern("pom.xml +kept, as it is yours: it needs io.lhttp:lhttp-core, ")
        .containsPattern("launch.json +kept, as it is yours\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "not a pom", "<project/>", "\u00ff"})
  void ide_keepsUsersOwnPom(String content) throws Exception {
    write("lhttp.yaml", "");
    Files.write(folder.resolve("pom.xml"), content.getBytes(ISO_8859_1));

    assertThat(run("ide", folder.toString())).isZero();

    assertThat(Files.readAllBytes(folder.resolve("pom.xml")))
        .isEqualTo(content.getBytes(ISO_8859_1));
    assertThat(out.toString()).contains("kept, as it is yours");
  }

  @Test
  void ide_ofNewProject_keepsItsFiles() throws Exception {
    run("new", "--java", folder.toString());
    var before = contents();

    assertThat(run("ide", folder.toString())).isZero();

    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void ide_withoutApplication_fails() {
    assertThat(run("ide", folder.toString())).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            "lhttp: %s has no lhttp.yaml, no filters/ and no processors/: name an application's folder, or make one with ./lhttp new --java DIR\n"
                .formatted(folder));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void ide_withoutFolder_fails() {
    assertThat(run("ide", folder.resolve("gone").toString())).isEqualTo(1);
    assertThat(err.toString()).isEqualTo("lhttp: no such folder: %s/gone\n".formatted(folder));
  }

  @Test
  void ide_folderWithSourcesAlone_becomesApplication() throws Exception {
    write("processors/Hi.java", "class Hi implements io.lhttp.Processor {}");

    assertThat(run("ide", folder.toString())).as(err.toString()).isZero();

    assertThat(out.toString()).containsPattern("lhttp.yaml +written, with the defaults: name your");
    assertThat(folder.resolve("lhttp.yaml"))
        .content()
        .startsWith("# yaml-language-server: $schema=lhttp.schema.json\n");
    assertThat(folder.resolve("lhttp.schema.json")).isNotEmptyFile();
    write("processors/Hi.java", "");
    assertThat(run("check", folder.toString())).as(err.toString()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"listen: 1\n", "", "\r\n# a\r\nlisten: 1\r\n", "\uFEFFlisten: 1 # ü"})
  void ide_yamlWithoutSchema_getsFirstLineAlone(String yaml) throws Exception {
    write("lhttp.yaml", yaml);

    assertThat(run("ide", folder.toString())).isZero();

    var written = Files.readString(folder.resolve("lhttp.yaml"));
    var line = "# yaml-language-server: $schema=lhttp.schema.json";
    assertThat(written.lines().findFirst().orElseThrow()).endsWith(line);
    assertThat(written.replaceFirst(Pattern.quote(line) + "\r?\n", "")).isEqualTo(yaml);
    assertThat(run("check", folder.toString())).as(err.toString()).isZero();
  }

  @Test
  void ide_yamlWithOtherSchema_isKept() throws Exception {
    var yaml = "listen: 1\n# yaml-language-server: $schema=../mine.json\n";
    write("lhttp.yaml", yaml);

    assertThat(run("ide", folder.toString())).isZero();

    assertThat(folder.resolve("lhttp.yaml")).content().isEqualTo(yaml);
  }

  @ParameterizedTest
  @CsvSource({
    "'', 'target/ filters/dependencies/ .idea/ *.iml .classpath .project .settings/'",
    "'*.log', '*.log target/ filters/dependencies/ .idea/ *.iml .classpath .project .settings/'",
    "'/target .idea *.iml .classpath .project .settings ', '/target .idea *.iml .classpath .project"
        + " .settings filters/dependencies/'",
  })
  void ide_gitignore_getsMissingLines(String before, String after) throws Exception {
    write("lhttp.yaml", "");
    write(".gitignore", before.replace(' ', '\n'));

    assertThat(run("ide", folder.toString())).isZero();

    assertThat(folder.resolve(".gitignore")).content().isEqualTo(after.replace(' ', '\n') + "\n");
  }

  @Test
  void ide_unreadableFolder_isNamed() throws Exception {
    write("lhttp.yaml", "");
    write("filters/node_modules/a.jar", "");
    write("filters/lib/a.jar", "");
    var lib = folder.resolve("filters/lib");
    Files.setPosixFilePermissions(lib, Set.of());
    var unreadable = !Files.isReadable(lib); // root may read all folders
    try {
      assertThat(run("ide", folder.toString())).isEqualTo(unreadable ? 1 : 0);
      assertThat(err.toString())
          .isEqualTo(unreadable ? "lhttp: no permission to read or write " + lib + "\n" : "");
    } finally {
      Files.setPosixFilePermissions(lib, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /** Compiles the sources and tests of a project, and calls each test. Returns their number. */
  private int runTestsOf(Path project) throws Exception {
    var classes = Files.createDirectory(folder.resolve("classes"));
    var arguments =
        new ArrayList<>(
            List.of("-proc:none", "-Xlint:all,-processing", "-Werror", "-d", classes.toString()));
    arguments.addAll(List.of("-cp", System.getProperty("java.class.path")));
    try (var files = Files.walk(project)) {
      files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
    }
    var compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    assertThat(compiler.run(null, null, null, arguments.toArray(String[]::new))).isZero();
    var count = 0;
    try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()})) {
      var type = loader.loadClass("NoShoutingTest");
      for (var method : type.getDeclaredMethods()) {
        if (method.isAnnotationPresent(Test.class)) {
          var constructor = type.getDeclaredConstructor();
          constructor.setAccessible(true);
          method.setAccessible(true);
          method.invoke(constructor.newInstance());
          count++;
        }
      }
    }
    return count;
  }

  private Map<String, String> contents() throws IOException {
    var contents = new TreeMap<String, String>();
    try (var files = Files.walk(folder)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        contents.put(folder.relativize(file).toString(), Files.readString(file));
      }
    }
    return contents;
  }

  private static Document pom(Path folder) throws Exception {
    return xml(folder.resolve("pom.xml"));
  }

  private static Document xml(Path file) throws Exception {
    var source = new InputSource(new StringReader(Files.readString(file, UTF_8)));
    return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(source);
  }

  private static String text(Document document, String path) throws Exception {
    return XPathFactory.newInstance().newXPath().evaluate(path, document);
  }

  private static List<String> texts(Document document, String path) throws Exception {
    var nodes =
        (NodeList)
            XPathFactory.newInstance().newXPath().evaluate(path, document, XPathConstants.NODESET);
    var texts = new ArrayList<String>();
    for (var i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }
}
