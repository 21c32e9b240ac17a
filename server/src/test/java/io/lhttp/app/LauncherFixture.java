package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A copy of {@code ./lhttp} in a checkout of its own; stand-ins for JDKs and Maven print how they
 * were called.
 */
abstract class LauncherFixture {
  private static final List<String> TOOLS =
      List.of(
          "sh",
          "awk",
          "cat",
          "cksum",
          "cut",
          "dirname",
          "env",
          "find",
          "head",
          "id",
          "ln",
          "ls",
          "mkdir",
          "mv",
          "readlink",
          "rm",
          "rmdir",
          "sleep",
          "tee",
          "touch",
          "tr");

  /**
   * A script in place of java. It prints its arguments, and writes the cache that it is asked for.
   */
  static final String JAVA =
      """
      #!/bin/sh
      for argument; do
        case $argument in
          -XX:AOTCacheOutput=*) echo trained >"${argument#*=}"; exit 0 ;;
          io.lhttp.app.debug.DebugPort) exec "$0-port" "$@" ;;
        esac
      done
      echo "JAVA ${0%/bin/java}: $*"
      """;

  /**
   * A script in place of Maven. It records its arguments, and creates the jar, or fails if a file
   * says so.
   */
  static final String MAVEN =
      """
      #!/bin/sh
      echo "$0 $*" >>maven-calls
      echo "[INFO] Building LHTTP server 0.2.0-SNAPSHOT                                [2/2]"
      if [ -e broken ]; then
        echo "[ERROR] COMPILATION ERROR : "
        echo "[ERROR] /src/A.java:[3,5] cannot find symbol"
        echo "[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin"
        echo "[ERROR] /src/A.java:[3,5] cannot find symbol"
        exit 1
      fi
      mkdir -p server/target
      echo jar >server/target/lhttp-server.jar
      """;

  @TempDir Path folder;
  Path home;
  Path bin;

  @BeforeEach
  void aCheckoutAndItsTools() throws IOException {
    home = Files.createDirectories(folder.resolve("check out"));
    bin = Files.createDirectory(folder.resolve("bin"));
    var project = Path.of(System.getProperty("lhttp.home", ".."));
    copy(project.resolve("lhttp"), home.resolve("lhttp"));
    try (var parts = Files.list(project.resolve("launcher"))) {
      for (var part : parts.toList()) {
        copy(part, home.resolve("launcher").resolve(part.getFileName()));
      }
    }
    for (var source :
        List.of("pom.xml", "framework/core/src/main/java/A.java", "server/src/main/java/B.java")) {
      write(home.resolve(source), "source");
    }
    Files.createDirectories(home.resolve("filters"));
    Files.createDirectories(home.resolve("scripts"));
    Files.createDirectories(home.resolve("clients"));
    for (var tool : TOOLS) {
      program(bin.resolve(tool), "#!/bin/sh\nexec %s \"$@\"\n".formatted(find(tool)));
    }
    program(bin.resolve("mvn"), MAVEN);
    try (var files = Files.walk(home)) {
      for (var file : files.toList()) {
        age(file, Duration.ofHours(3));
      }
    }
  }

  record Run(int code, String output) {}

  Run lhttp(String... arguments) throws Exception {
    return lhttp(List.of(), arguments);
  }

  Run lhttp(List<String> environment, String... arguments) throws Exception {
    var process = start(environment, arguments);
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), output);
  }

  Process start(List<String> environment, String... arguments) throws IOException {
    var command = new ArrayList<>(Processes.SIGNALS_RESTORED);
    command.add(home.resolve("lhttp").toString());
    command.addAll(List.of(arguments));
    return builder(environment, command).start();
  }

  ProcessBuilder builder(List<String> environment, List<String> command) {
    var builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    builder.environment().put("HOME", folder.resolve("nobody").toString());
    builder.environment().put("JAVA_HOME", folder.resolve("jdks/home").toString());
    builder.environment().put("LHTTP_JDKS", folder.resolve("places").toString());
    builder.environment().put("LHTTP_SBIN", folder.resolve("nowhere").toString());
    environment.forEach(
        pair -> builder.environment().put(pair.split("=", 2)[0], pair.split("=", 2)[1]));
    return builder;
  }

  /** Makes the checkout look like an unpacked archive. */
  void archive() throws Exception {
    jdk("home", "25");
    Files.delete(home.resolve("launcher/build.sh"));
    write(home.resolve("lhttp-server.jar"), "jar");
    age(home.resolve("lhttp-server.jar"), Duration.ofHours(3));
  }

  static boolean root() {
    return "root".equals(System.getProperty("user.name"));
  }

  /** Runs the launcher as a user who may read its folder, but not write there. */
  Run unprivileged(String... arguments) throws Exception {
    return unprivileged(List.of(), arguments);
  }

  Run unprivileged(List<String> environment, String... arguments) throws Exception {
    var command = new ArrayList<String>();
    if (root()) {
      command.addAll(
          List.of(find("setpriv").toString(), "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    command.add(home.resolve("lhttp").toString());
    command.addAll(List.of(arguments));
    chmod("a+rX,a-w");
    try {
      var process = builder(environment, command).start();
      var output = new String(process.getInputStream().readAllBytes(), UTF_8);
      return new Run(process.waitFor(), output);
    } finally {
      chmod("u+w");
    }
  }

  private void chmod(String mode) throws Exception {
    var chmod = new ProcessBuilder("chmod", "-R", mode, folder.toString()).start();
    assertThat(chmod.waitFor()).isZero();
  }

  /**
   * Puts a program in place of another one. It writes its process id and that of a child into the
   * file {@code begun}, which has to be a FIFO, ignores SIGTERM and does not end by itself.
   */
  void endless(Path program, String before) throws Exception {
    var begun = folder.resolve("begun");
    assertThat(new ProcessBuilder("mkfifo", begun.toString()).start().waitFor()).isZero();
    program(
        program,
        """
        #!/bin/sh
        trap '' TERM
        %s
        sleep 300 &
        echo "$$ $!" >'%s'
        wait
        """
            .formatted(before, begun));
  }

  /**
   * Sends a signal to the launcher as soon as the endless program runs. Returns the exit code after
   * all processes of the program have ended.
   */
  int endBySignal(Process launcher, String signal) throws Exception {
    var ids = Files.readString(folder.resolve("begun")).strip().split(" ", -1);
    var running = new ArrayList<CompletableFuture<ProcessHandle>>();
    for (var id : ids) {
      ProcessHandle.of(Long.parseLong(id)).ifPresent(process -> running.add(process.onExit()));
    }
    Processes.signal(launcher, signal);
    var code = Processes.exitCode(launcher);
    for (var process : running) {
      process.get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    return code;
  }

  List<String> calls() throws IOException {
    return Files.readAllLines(home.resolve("maven-calls"));
  }

  Path jdk(String name, String version) throws IOException {
    var jdk = folder.resolve("jdks").resolve(name);
    program(jdk.resolve("bin/java"), JAVA);
    program(jdk.resolve("bin/javac"), "");
    write(jdk.resolve("release"), "IMPLEMENTOR=\"X\"\nJAVA_VERSION=\"" + version + "\"\n");
    return jdk;
  }

  /** Sets the times of a file and of the last build, so that the file is newer. */
  void changeAfterTheBuild(Path file) throws IOException {
    age(home.resolve("server/target/built"), Duration.ofHours(2));
    age(file, Duration.ofHours(1));
  }

  static void age(Path file, Duration age) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
  }

  static Path find(String tool) {
    return Programs.find(tool).orElseThrow(() -> new AssertionError("no " + tool + " on the path"));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to);
  }

  static void program(Path file, String text) throws IOException {
    write(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
