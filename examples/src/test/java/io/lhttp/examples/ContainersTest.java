package io.lhttp.examples;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * {@code Dockerfile} and {@code compose.yaml} name files and settings that exist; no container
 * engine runs.
 */
class ContainersTest {
  private static final Path HOME = AppProcess.HOME;
  private static final List<String> INSTRUCTIONS =
      List.of(
          "FROM",
          "WORKDIR",
          "COPY",
          "RUN",
          "USER",
          "ENV",
          "EXPOSE",
          "HEALTHCHECK",
          "STOPSIGNAL",
          "ENTRYPOINT",
          "CMD");
  private static final String INSTALLED = "/opt/lhttp/";

  private record Instruction(String name, String rest) {
    /** Returns the words of an argument such as {@code ["a", "b"]}. */
    List<String> words() {
      assertThat(rest).as(name).contains("[").endsWith("]");
      return Pattern.compile("\"([^\"]*)\"")
          .matcher(rest)
          .results()
          .map(match -> match.group(1))
          .toList();
    }
  }

  @Test
  void dockerfile_buildsInStagesFromExistingFiles() throws Exception {
    var instructions = dockerfile();

    assertThat(instructions).extracting(Instruction::name).isSubsetOf(INSTRUCTIONS);
    assertThat(instructions.getFirst().name).isEqualTo("FROM");
    assertThat(all(instructions, "FROM")).hasSize(2).first().asString().endsWith(" AS build");
    assertThat(all(instructions, "FROM")).allMatch(from -> from.matches("\\S+:\\S+( AS \\w+)?"));
    for (var copy : all(instructions, "COPY")) {
      var source = copy.split(" ", -1)[copy.startsWith("--from=build ") ? 1 : 0];
      if (copy.startsWith("--from=build ")) {
        assertThat(all(instructions, "RUN")).anyMatch(run -> run.contains("-C " + source + " "));
      } else {
        assertThat(HOME.resolve(source)).exists();
      }
    }
    for (var run : all(instructions, "RUN")) {
      assertThat(CommandRun.in(HOME, List.of("sh", "-n", "-c", run)).exitCode()).as(run).isZero();
    }
    assertThat(HOME.resolve("mvnw")).isExecutable();
  }

  @Test
  void dockerfile_unpacksArchiveWithRuntime() throws Exception {
    var instructions = dockerfile();
    var runs = all(instructions, "RUN");
    var unpack = runs.stream().filter(run -> run.contains("tar ")).findFirst().orElseThrow();
    var pattern =
        Stream.of(unpack.split(" ", -1)).filter(word -> word.endsWith(".tar.gz")).findFirst();

    assertThat(runs).containsSubsequence("./lhttp package", unpack);
    assertThat(unpack).contains("--strip-components=1");
    var matches = FileSystems.getDefault().getPathMatcher("glob:" + pattern.orElseThrow());
    for (var version : List.of("0.2.0", "0.2.0-SNAPSHOT")) {
      for (var platform : List.of("linux-x64", "linux-arm64")) {
        assertThat(matches.matches(Path.of(archive(version, platform)))).isTrue();
      }
    }
    assertThat(all(instructions, "FROM").getLast()).doesNotContain("temurin", "jdk", "jre", "java");
  }

  /** Returns the path of an archive in a checkout, as {@code launcher/package.sh} names it. */
  private static String archive(String version, String platform) throws Exception {
    var script =
        """
        home=. version=$1 platform=$2
        . launcher/package.sh
        name_packages
        echo "${archive#./}"
        """;
    var run = CommandRun.in(HOME, List.of("sh", "-c", script, "sh", version, platform));
    assertThat(run.exitCode()).as(run.output()).isZero();
    return run.output().strip();
  }

  @Test
  void dockerfile_runsUnprivilegedWithHealthCheck() throws Exception {
    var instructions = dockerfile();
    var lastStage = instructions.subList(lastIndexOf(instructions, "FROM"), instructions.size());

    assertThat(all(lastStage, "USER")).singleElement().asString().matches("[1-9]\\d{3,}");
    assertThat(all(lastStage, "RUN")).anyMatch(run -> run.contains("useradd"));
    var entry = one(lastStage, "ENTRYPOINT").words();
    assertThat(entry).containsExactly(INSTALLED + "lhttp");
    assertThat(CommandRun.lhttp("--help").output())
        .contains("  " + one(lastStage, "CMD").words().getFirst() + " ");
    var health = one(lastStage, "HEALTHCHECK").words();
    assertThat(all(lastStage, "COPY")).contains("docker/health " + health.getFirst());
    assertThat(HOME.resolve("docker/health")).isExecutable();
    assertThat(health.get(1)).isEqualTo(one(lastStage, "EXPOSE").rest).isEqualTo("8081");
    assertThat(health.get(2)).isIn("/livez", "/readyz");
  }

  @Test
  void healthScript_reflectsStateOfServer() throws Exception {
    int port;
    try (var app = AppProcess.example("echo")) {
      port = app.uri().getPort();
      assertThat(health(port, "/livez")).isZero();
      assertThat(health(port, "/readyz")).isZero();
      assertThat(health(port, "/nowhere")).isNotZero();
      app.stop();
    }
    assertThat(health(port, "/livez")).isNotZero();
  }

  @Test
  void compose_startsThreeServersAndNats() throws Exception {
    var compose = compose();
    var services = map(compose.get("services"));
    var example = Files.readString(HOME.resolve("examples/cluster/lhttp.yaml"));

    assertThat(compose.keySet()).containsOnly("x-server", "services", "volumes");
    assertThat(services.keySet()).containsExactly("nats", "server-1", "server-2", "server-3");
    var published = new ArrayList<String>();
    for (var i = 1; i <= 3; i++) {
      var server = map(services.get("server-" + i));
      assertThat(HOME.resolve(text(server, "build")).resolve("Dockerfile")).exists();
      assertThat(list(server, "depends_on")).isSubsetOf(services.keySet());
      assertThat(list(server, "cap_drop")).containsExactly("ALL");
      assertThat(server).containsEntry("read_only", true);
      var mount = list(server, "volumes").getFirst().split(":", -1);
      assertThat(HOME.resolve(mount[0]).resolve("lhttp.yaml")).exists();
      assertThat(mount[1]).isEqualTo(one(dockerfile(), "CMD").words().getLast());
      var ports = list(server, "ports").getFirst().split(":", -1);
      published.add(ports[0]);
      assertThat(ports[1]).isEqualTo(one(dockerfile(), "EXPOSE").rest);
      var environment = map(server.get("environment"));
      assertThat(environment.keySet()).allMatch(name -> example.contains("${" + name + ":"));
      assertThat(environment).containsEntry("NATS_URL", "nats://nats:4222");
      assertThat(environment).containsEntry("SERVER_NAME", "server " + i);
    }
    assertThat(published)
        .allMatch(port -> example.contains(":localhost:" + port + "}"))
        .doesNotHaveDuplicates();
    assertThat(list(map(services.get("nats")), "command")).contains("-js", "-sd");
    assertThat(list(map(services.get("nats")), "volumes"))
        .allMatch(volume -> map(compose.get("volumes")).containsKey(volume.split(":", -1)[0]));
  }

  @Test
  void drainDeadline_isBelowStopGracePeriod() throws Exception {
    var example = yaml(HOME.resolve("examples/cluster/lhttp.yaml"));
    var server = map(map(compose().get("services")).get("server-1"));

    assertThat(seconds(text(map(example.get("drain")), "deadline")))
        .isLessThan(seconds(text(server, "stop_grace_period")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker/health", "examples/cluster/run"})
  void shellScript_isWellFormed(String script) throws Exception {
    var interpreter =
        Files.readAllLines(HOME.resolve(script)).getFirst().endsWith("bash") ? "bash" : "sh";

    assertThat(CommandRun.in(HOME, List.of(interpreter, "-n", script)).output()).isEmpty();
    assertThat(HOME.resolve(script)).isExecutable();
  }

  private static int health(int port, String path) throws Exception {
    return CommandRun.in(HOME, List.of("docker/health", Integer.toString(port), path)).exitCode();
  }

  private static List<Instruction> dockerfile() throws IOException {
    try (Stream<String> lines = Files.lines(HOME.resolve("Dockerfile"))) {
      return lines
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(line -> line.split(" ", 2))
          .map(parts -> new Instruction(parts[0], parts[1]))
          .toList();
    }
  }

  private static List<String> all(List<Instruction> instructions, String name) {
    return instructions.stream().filter(i -> i.name.equals(name)).map(Instruction::rest).toList();
  }

  private static Instruction one(List<Instruction> instructions, String name) {
    var found = instructions.stream().filter(i -> i.name.equals(name)).toList();
    assertThat(found).as(name).hasSize(1);
    return found.getFirst();
  }

  private static int lastIndexOf(List<Instruction> instructions, String name) {
    return instructions.stream().map(Instruction::name).toList().lastIndexOf(name);
  }

  private static Map<String, Object> compose() throws IOException {
    return yaml(HOME.resolve("compose.yaml"));
  }

  private static Map<String, Object> yaml(Path file) throws IOException {
    return map(new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file)));
  }

  private static Map<String, Object> map(@Nullable Object node) {
    var typed = new LinkedHashMap<String, Object>();
    ((Map<?, ?>) requireNonNull(node))
        .forEach((key, value) -> typed.put(String.valueOf(key), value));
    return typed;
  }

  private static String text(Map<String, Object> mapping, String key) {
    return String.valueOf(mapping.get(key));
  }

  private static List<String> list(Map<String, Object> mapping, String key) {
    return ((List<?>) requireNonNull(mapping.get(key))).stream().map(String::valueOf).toList();
  }

  private static int seconds(String duration) {
    assertThat(duration).matches("\\d+s");
    return Integer.parseInt(duration.substring(0, duration.length() - 1));
  }
}
