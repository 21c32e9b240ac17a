package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.client.LhttpClient;
import io.lhttp.fixture.Ports;
import io.lhttp.message.Message;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The unpacked archive serves applications in an empty folder, with neither Maven nor a checkout.
 * The test runs apart from the others, after the archive was made. {@code ./lhttp package --try}
 * runs it with an archive that has its own runtime; no Java is in the environment then.
 */
@EnabledIfSystemProperty(named = "lhttp.archive", matches = ".+")
class DistributionTest {
  /** The bytes with which a debugger and the JVM greet each other. */
  private static final String HANDSHAKE = "JDWP-Handshake";

  @TempDir private static Path folder;
  private static Path home;
  private static Path example;
  private static Path bin;
  private final Processes processes = new Processes();

  @BeforeAll
  static void unpack() throws Exception {
    var archive = Path.of(System.getProperty("lhttp.archive"));
    var tar =
        new ProcessBuilder("tar", "-xzf", archive.toString(), "-C", folder.toString())
            .inheritIO()
            .start();
    assertThat(tar.waitFor()).isZero();
    home = folder.resolve(archive.getFileName().toString().replace(".tar.gz", ""));
    example = home.resolve("examples/echo");
    Files.writeString(
        example.resolve("processors/shout.js"),
        "export function onMessage(ctx) { ctx.send(ctx.body.toUpperCase()); }");
    readOnly(true);
    // so that another user may enter it
    assertThat(folder.toFile().setExecutable(true, false)).isTrue();
    assertThat(folder.toFile().setReadable(true, false)).isTrue();
    bin = Files.createDirectory(folder.resolve("bin"));
    for (var tool : List.of("dirname", "grep", "readlink", "tr")) {
      Files.createSymbolicLink(bin.resolve(tool), LauncherFixture.find(tool));
    }
  }

  @AfterAll
  static void mayBeDeleted() throws Exception {
    readOnly(false);
  }

  @AfterEach
  void end() {
    processes.close();
  }

  @Test
  void archive_hasRuntimeFilesAndNoBuildFiles() throws IOException {
    for (var file : List.of("LICENSE", "README.md", "docs/operations.md", "docs/grafana.json")) {
      assertThat(home.resolve(file)).isRegularFile();
    }
    assertThat(home.resolve("examples/recorder/run")).isExecutable();
    assertThat(names("examples")).contains("chat", "rooms").doesNotContain("src", "embedded");
    assertThat(names("launcher"))
        .containsExactlyInAnyOrder(
            "cache.sh",
            "fetch.sh",
            "folder.sh",
            "jdk.list",
            "jdk.sh",
            "jvm.sh",
            "lock.sh",
            "process.sh");
    assertThat(names("lib"))
        .anyMatch(name -> name.startsWith("lhttp-core"))
        .noneMatch(name -> name.contains("junit") || name.contains("inspector"));
    assertThat(names("inspector")).anyMatch(name -> name.startsWith("chromeinspector-tool"));
    assertThat(names("compiler")).anyMatch(name -> name.startsWith("compiler"));
    assertThat(names("native/META-INF/resources/engine/libtruffleattach"))
        .contains("linux", "darwin");
  }

  @Test
  void archive_hasLicenceAndHashOfEachLibrary() throws IOException {
    var table = Files.readString(home.resolve("THIRD-PARTY.md"));
    var sbom = Files.readString(home.resolve("sbom.json"));
    var libraries = new ArrayList<String>();
    for (var place : List.of("lib", "compiler", "inspector")) {
      libraries.addAll(names(place));
    }
    libraries.removeIf(name -> name.startsWith("lhttp-") || !name.endsWith(".jar"));

    assertThat(libraries)
        .hasSizeGreaterThan(50)
        .allMatch(name -> table.contains("| `" + name + "` |"))
        .allMatch(name -> sbom.contains("\"bom-ref\": \"" + name + "\""));
    assertThat(table.lines().filter(line -> line.contains("org.graalvm.compiler:compiler")))
        .singleElement()
        .asString()
        .contains("version 2, with the Classpath Exception");
    assertThat(names("licenses")).anyMatch(name -> name.startsWith("caffeine-"));
    assertThat(table.contains("The folder `runtime` is a part of OpenJDK "))
        .isEqualTo(hasRuntime());
    assertThat(sbom.contains("\"purl\": \"pkg:generic/openjdk@")).isEqualTo(hasRuntime());
    assertThat(Files.exists(home.resolve("runtime/legal/java.base/LICENSE")))
        .isEqualTo(hasRuntime());
  }

  @Test
  void check_reportsApplicationInOrder() throws Exception {
    var check = lhttp("check", example.toString());

    assertThat(new String(check.getInputStream().readAllBytes(), UTF_8)).contains("is in order");
    assertThat(Processes.exitCode(check)).isZero();
  }

  @Test
  void serve_compilesScripts() throws Exception {
    var serve = lhttp("serve", example.toString(), "--port", "0", "--set", "admin=127.0.0.1:0");
    var said = new ArrayList<String>();
    var server = Processes.listening(serve, said);

    assertThat(runtime(serve, said)).endsWith("scripts: " + bestRuntime());
    answers(server);
    serve.destroy();
    assertThat(Processes.exitCode(serve)).isZero();
  }

  @Test
  void secondStart_usesCacheOfFirst() throws Exception {
    var tools = Files.createDirectory(folder.resolve("tools"));
    for (var tool :
        List.of(
            "cksum",
            "dirname",
            "find",
            "grep",
            "id",
            "ls",
            "mkdir",
            "mv",
            "readlink",
            "rm",
            "tr")) {
      Files.createSymbolicLink(tools.resolve(tool), LauncherFixture.find(tool));
    }
    var own = Files.createDirectory(folder.resolve("own"));
    var first = command("lhttp", "serve", "--help");
    var second =
        command("lhttp", "serve", example.toString(), "--port", "0", "--set", "admin=false");
    for (var start : List.of(first, second)) {
      start.environment().put("PATH", tools.toString());
      start.environment().put("LHTTP_CACHE", own.toString());
    }
    // With this option the JVM ends if it can't use the cache.
    second.environment().put("LHTTP_JAVA_OPTIONS", "-XX:AOTMode=on");

    var prepared = processes.start(first);
    assertThat(new String(prepared.getInputStream().readAllBytes(), UTF_8))
        .contains("preparing a fast start", "Usage: lhttp serve");
    var said = new ArrayList<String>();
    answers(Processes.listening(processes.start(second), said));
    assertThat(said).noneMatch(line -> line.contains("preparing"));
  }

  @Test
  void userWithoutHome_hasCompiledScripts() throws Exception {
    var command = new ArrayList<String>();
    if ("root".equals(System.getProperty("user.name"))) {
      command.addAll(
          List.of(
              LauncherFixture.find("setpriv").toString(),
              "--reuid=65534",
              "--regid=65534",
              "--clear-groups"));
    }
    command.add(home.resolve("lhttp").toString());
    command.addAll(List.of("serve", example.toString(), "--port", "0", "--set", "admin=false"));
    var builder = command("lhttp");
    builder.command(command);
    builder.environment().put("HOME", "/nonexistent");
    builder.environment().put("LHTTP_JAVA_OPTIONS", "-Duser.home=/nonexistent");
    var serve = processes.start(builder);
    var said = new ArrayList<String>();
    var server = Processes.listening(serve, said);

    assertThat(runtime(serve, said)).endsWith("scripts: " + bestRuntime());
    assertThat(said).noneMatch(line -> line.contains("fat JAR"));
    answers(server);
  }

  @ParameterizedTest
  @ValueSource(strings = {"warm", "loaded"})
  void readyz_afterStart_isWarmingWhereAsked(String ready) throws Exception {
    var serve =
        lhttp(
            "serve",
            example.toString(),
            "--port",
            "0",
            "--set",
            "admin=127.0.0.1:0",
            "--set",
            "scripts.ready=" + ready);
    var output = serve.inputReader(UTF_8);
    var ports = new ArrayList<URI>();
    while (ports.size() < 2) { // the admin port's line may come before or after the other one
      var line = Processes.line(output, "listening on ").replace("localhost", "127.0.0.1");
      ports.add(URI.create(line.replaceFirst(".*listening on (ws|http)", "http")));
    }
    var warms = ready.equals("warm") && bestRuntime().equals("compiled");

    for (var port : ports) {
      assertThat(readiness(port))
          .as(port.toString())
          .isEqualTo(warms ? "503 warming" : "200 ready");
    }
    if (warms) {
      assertThat(Processes.line(output, "scripts are warm")).endsWith(" failed=0");
      for (var port : ports) {
        assertThat(readiness(port)).as(port.toString()).isEqualTo("200 ready");
      }
    }
  }

  @Test
  void missingNativeLibrary_isNamedAsReason() throws Exception {
    var builder =
        command("lhttp", "serve", example.toString(), "--port", "0", "--set", "admin=false");
    builder
        .environment()
        .put(
            "LHTTP_JAVA_OPTIONS",
            "-Dlhttp.native=/nonexistent -Djava.io.tmpdir=/proc/nowhere"
                + " -Duser.home=/proc/nowhere");
    var serve = processes.start(builder);
    var said = new ArrayList<String>();
    var server = Processes.listening(serve, said);

    var because =
        bestRuntime().equals("compiled")
            ? "interpreted, because the engine's native library can't be loaded: "
            : "interpreted, because ";
    assertThat(runtime(serve, said)).contains(because);
    assertThat(said).noneMatch(line -> line.contains("fat JAR"));
    answers(server);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "LC_ALL=C", "LANG=xx_XX.UTF-8"})
  void fileNames_areUtf8InAnyLocale(String locale) throws Exception {
    // The test's JVM may be unable to write such file names itself, so a shell does.
    var script =
        """
        set -eu
        cd "$1"
        app=$(printf 'ordner-\\303\\274')
        name=$(printf 'ma\\303\\237')
        rm -rf "$app"
        mkdir -p "$app/public" "$app/processors/lib"
        : >"$app/lhttp.yaml"
        echo hello >"$app/public/$(printf 'gr\\303\\274\\303\\237e.txt')"
        echo 'export const word = "measure";' >"$app/processors/lib/$name.js"
        echo "import { word } from './lib/$name.js';
        export function onMessage(ctx) { ctx.send(word); }" >"$app/processors/say.js"
        exec "$2" serve "$app" --port 0 --set admin=false
        """;
    var builder = command("lhttp");
    builder.command(
        LauncherFixture.find("sh").toString(),
        "-c",
        script,
        "sh",
        Files.createDirectories(folder.resolve("names")).toString(),
        home.resolve("lhttp").toString());
    for (var tool : List.of("mkdir", "rm")) {
      if (Files.notExists(bin.resolve(tool))) {
        Files.createSymbolicLink(bin.resolve(tool), LauncherFixture.find(tool));
      }
    }
    if (!locale.isEmpty()) {
      var pair = locale.split("=", -1);
      builder.environment().put(pair[0], pair[1]);
    }
    var server = Processes.listening(processes.start(builder));

    try (var http = HttpClient.newHttpClient()) {
      var file = URI.create("http://127.0.0.1:" + server.getPort() + "/gr%C3%BC%C3%9Fe.txt");
      var answer =
          http.send(HttpRequest.newBuilder(file).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.body()).isEqualTo("hello\n");
    }
    try (var client = LhttpClient.builder(server).reconnect(false).connect()) {
      assertThat(ask(client, Message.of("say", "")).body()).isEqualTo("measure");
    }
  }

  @Test
  void dev_servesAndOffersInspector() throws Exception {
    var dev =
        lhttp("dev", example.toString(), "--port", "0", "--scripts", "compiled", "--inspect=0");
    var said = new ArrayList<String>();
    var server = Processes.listening(dev, said);

    var wanted = "scripts +" + bestRuntime();
    assertThat(said)
        .anyMatch(line -> line.matches(wanted))
        .anyMatch(line -> line.matches("inspect +open devtools://.*"));
    answers(server);
  }

  @Test
  void devDebug_acceptsDebugger() throws Exception {
    var said = new ArrayList<String>();
    Processes.listening(lhttp("dev", example.toString(), "--port", "0", "--debug=0"), said);

    var address = "debugger   attach at 127.0.0.1:";
    var port = said.stream().filter(line -> line.startsWith(address)).findFirst().orElseThrow();
    try (var debugger =
        new Socket(
            InetAddress.getLoopbackAddress(), Integer.parseInt(port.substring(address.length())))) {
      debugger.getOutputStream().write(HANDSHAKE.getBytes(UTF_8));
      assertThat(debugger.getInputStream().readNBytes(HANDSHAKE.length()))
          .asString(UTF_8)
          .isEqualTo(HANDSHAKE);
    }
  }

  @Test
  void recorderExample_runsWithOneCommand() throws Exception {
    var story = command("examples/recorder/run", "--port", "0");
    story.environment().put("RECORDER_PORT", Integer.toString(Ports.free()));
    story.environment().put("RECORDER_FILE", folder.resolve("records.txt").toString());
    var run = processes.start(story);
    var said = new ArrayList<String>();
    var server = Processes.listening(run, said);
    if (said.stream().noneMatch(line -> line.startsWith("recording on "))) {
      Processes.line(run.inputReader(UTF_8), "recording on ");
    }

    try (var jack = LhttpClient.builder(server).reconnect(false).connect()) {
      var received = new LinkedBlockingQueue<String>();
      var subscription =
          jack.subscribe("channel_mike", delivery -> received.add(delivery.message().body()));
      subscription.ready().get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS);
      for (var body : List.of("hello mike", "are you there")) {
        ask(
            jack,
            Message.builder("chat")
                .header("publish", "channel_mike")
                .header("ack", "true")
                .body(body)
                .build());
        assertThat(received.poll(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(body);
      }
      var all = ask(jack, Message.of("recall", ""));
      assertThat(all.body().lines())
          .containsExactly("1\tchannel_mike\thello mike", "2\tchannel_mike\tare you there");
    }
    run.destroy();
    assertThat(Processes.exitCode(run)).isEqualTo(143);
  }

  private static String readiness(URI port) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(port.resolve("/readyz"))
              .timeout(Duration.ofSeconds(Processes.PATIENCE_SECONDS))
              .build();
      var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body().strip();
    }
  }

  /** Returns the log line on the runtime of scripts, before or after "listening on". */
  private static String runtime(Process serve, List<String> said) throws IOException {
    for (var line : said) {
      if (line.contains(" scripts: ")) {
        return line;
      }
    }
    return Processes.line(serve.inputReader(UTF_8), " scripts: ");
  }

  private static Message ask(LhttpClient client, Message message) throws Exception {
    return client.request(message).get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static void answers(URI server) throws Exception {
    try (var client = LhttpClient.builder(server).reconnect(false).connect()) {
      for (var command : List.of("chat", "shout")) {
        assertThat(ask(client, Message.of(command, "hi")).body())
            .asString()
            .containsIgnoringCase("hi");
      }
    }
  }

  private Process lhttp(String... arguments) throws IOException {
    return processes.start(command("lhttp", arguments));
  }

  /** Returns a command of the archive's programs, with an environment without Maven. */
  private static ProcessBuilder command(String program, String... arguments) {
    var command = new ArrayList<>(List.of(home.resolve(program).toString()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    if (!hasRuntime()) {
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    }
    return builder;
  }

  private static boolean hasRuntime() {
    return Files.exists(home.resolve("runtime"));
  }

  private static List<String> names(String part) throws IOException {
    try (var files = Files.list(home.resolve(part))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** Makes the archive's folder read-only or writable. */
  private static void readOnly(boolean so) throws Exception {
    var chmod = new ProcessBuilder("chmod", "-R", so ? "a-w" : "u+w", home.toString()).start();
    assertThat(chmod.waitFor()).isZero();
  }

  /** Returns a pattern for the runtime of scripts: compiled if this JDK allows it. */
  private static String bestRuntime() throws IOException {
    var release = Files.readString(Path.of(System.getProperty("java.home"), "release"));
    return hasRuntime() || release.contains("jdk.internal.vm.ci")
        ? "compiled"
        : "interpreted, because the JDK in .* has no module jdk\\.internal\\.vm\\.ci";
  }
}
