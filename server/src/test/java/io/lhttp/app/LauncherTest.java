package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./lhttp} chooses a JDK, and starts it with the options that a command needs. */
class LauncherTest extends LauncherFixture {
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // the Java versions at JAVA_HOME, in PATH and at the usual place; which of them is chosen
        "25.0.3, 25.0.1, 25.0.2, home",
        "26, -, -, home",
        "17.0.15, 25.0.1, 25.0.2, path",
        "-, 25, 25.0.2, path",
        "-, 21.0.1, 25.0.2, place",
        "1.8.0_392, 17, 27-ea, place",
      })
  void firstJdkNewEnough_isUsed(
      @Nullable String javaHome, @Nullable String path, @Nullable String place, String taken)
      throws Exception {
    if (javaHome != null) {
      jdk("home", javaHome);
    }
    if (path != null) {
      jdk("path", path);
      Files.createSymbolicLink(bin.resolve("java"), folder.resolve("jdks/path/bin/java"));
    }
    if (place != null) {
      Files.move(
          jdk("place", place), Files.createDirectory(folder.resolve("places")).resolve("place"));
    }

    var run = lhttp("dev", "x");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).containsPattern("JAVA .*/" + taken + ": ");
  }

  @Test
  void missingJdk_isReportedInOneLineWithRemedy() throws Exception {
    jdk("home", "17.0.15");

    var run = lhttp("dev", "x");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.output().lines())
        .singleElement()
        .asString()
        .startsWith("lhttp: no JDK 25 or newer (found: 17.0.15 in ")
        .contains("openjdk-25-jdk")
        .contains("JAVA_HOME");
  }

  @Test
  void runtimeWithoutCompiler_isNoJdk() throws Exception {
    Files.delete(jdk("home", "25").resolve("bin/javac"));

    assertThat(lhttp("dev", "x").code()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    // the current encoding, all locales of the machine, the locale that the JVM gets
    "none, none, C.UTF-8",
    "ANSI_X3.4-1968, C POSIX C.utf8, C.utf8",
    "ANSI_X3.4-1968, C de_DE.utf8 POSIX, de_DE.utf8",
    "ANSI_X3.4-1968, C POSIX, C.UTF-8",
    "UTF-8, C C.UTF-8, unset",
  })
  void missingLocale_isReplacedByUtf8Locale(String charmap, String all, String taken)
      throws Exception {
    jdk("home", "25");
    program(
        folder.resolve("jdks/home/bin/java"),
        JAVA.replace("echo \"JAVA", "echo \"LC_ALL=${LC_ALL-unset} JAVA"));
    if (!charmap.equals("none")) {
      program(
          bin.resolve("locale"),
          "#!/bin/sh\nif [ $1 = charmap ]; then echo %s; else printf '%%s\\n' %s; fi\n"
              .formatted(charmap, all));
    }

    assertThat(lhttp("dev", "x").output()).contains("LC_ALL=" + taken + " JAVA");
  }

  @Test
  void arguments_arePassedUnchanged() throws Exception {
    jdk("home", "25");
    program(
        folder.resolve("jdks/home/bin/java"),
        JAVA.replace("echo \"JAVA ${0%/bin/java}: $*\"", "printf '<%s>' \"$@\""));

    assertThat(lhttp("connect", "ws://h/", "--send", "echo  a b", "").output())
        .endsWith("lhttp-server.jar><io.lhttp.app.Main><connect><ws://h/><--send><echo  a b><>");
  }

  @Test
  void javaOptions_areAddedToCommand() throws Exception {
    jdk("home", "25");

    assertThat(lhttp(List.of("LHTTP_JAVA_OPTIONS=-Xmx64m -Da=b"), "check", "x").output())
        .contains(" -XX:AOTCache=", " -Xmx64m -Da=b -cp ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "LHTTP_JAVA_OPTIONS=-XX:MaxMetaspaceSize=64m",
        "JAVA_TOOL_OPTIONS=-XX:CompressedClassSpaceSize=32m"
      })
  void serve_withLimitOnClasses_endsForWantOfHeapAlone(String variable) throws Exception {
    jdk("home", "25");

    assertThat(lhttp("serve", "x").output()).contains(" -XX:+ExitOnOutOfMemoryError ");
    assertThat(lhttp(List.of(variable), "serve", "x").output())
        .contains(" -Dlhttp.end-without-heap=true ")
        .doesNotContain("ExitOnOutOfMemoryError");
  }

  @Test
  void serve_opensSamePackagesOfJdkAsTests() throws Exception {
    jdk("home", "25");

    var words = lhttp("serve", "x").output().split("\\s+", -1);

    var opens = Pattern.compile("--add-(opens|exports)=.*").asMatchPredicate();
    assertThat(Stream.of(words).filter(opens))
        .hasSizeGreaterThan(10)
        .containsExactlyInAnyOrderElementsOf(Processes.opened().stream().filter(opens).toList());
  }

  @ParameterizedTest
  @CsvSource({"3000000, true", "unlimited, false"})
  void limitOfVirtualMemory_isReportedWithRemedy(String limit, boolean reported) throws Exception {
    jdk("home", "25");
    lhttp("dev", "x");
    var script = "ulimit -v " + limit + "; exec '" + home + "/lhttp' dev x";

    var process = builder(List.of(), List.of("sh", "-c", script)).start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(output).contains("JAVA ");
    assertThat(output.contains("lhttp: virtual memory is limited to 3000 MB (ulimit -v), "))
        .isEqualTo(reported);
  }

  @Test
  void program_replacesLauncherProcess() throws Exception {
    jdk("home", "25");
    program(folder.resolve("jdks/home/bin/java"), JAVA.replace("echo \"JAVA", "echo \"$$ JAVA"));

    var process = start(List.of(), "dev", "x");
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(output).contains(process.pid() + " JAVA ");
  }
}
