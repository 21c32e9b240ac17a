package io.lhttp.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./lhttp test} runs the tests of the checkout, and sums their results. */
class LauncherSuiteTest extends LauncherFixture {
  @Test
  void testCommand_runsSuiteAndSumsReports() throws Exception {
    jdk("home", "25");
    program(bin.resolve("node"), "#!/bin/sh\necho v22.1.0\n");
    program(bin.resolve("chromium"), "#!/bin/sh\n");
    for (var server : List.of("nats-server", "nginx", "haproxy", "caddy", "prometheus", "zsh")) {
      program(bin.resolve(server), "#!/bin/sh\n");
    }
    write(
        home.resolve("framework/target/surefire-reports/TEST-Gone.xml"),
        "<testsuite tests=\"9\"/>");
    var report =
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuite name="B" tests="5" errors="1" skipped="1" failures="1">
          <testcase name="fine" classname="io.B" time="0"/>
          <testcase name="bad" classname="io.B" time="0">
            <failure message="no"/>
          </testcase>
          <testcase name="late" classname="io.B" time="0">
            <skipped message="missing program: chromium"/>
          </testcase>
        </testsuite>
        """;
    program(
        bin.resolve("mvn"),
        "#!/bin/sh\necho \"mvn $*\"\nmkdir -p server/target/surefire-reports\n"
            + "cat >server/target/surefire-reports/TEST-B.xml <<'END'\n"
            + report
            + "END\nexit 3\n");

    var run = lhttp("test");

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.output())
        .startsWith("mvn -B -ntp verify ")
        .endsWith(
            """

            there is no JDK 17 here: lhttp-message and lhttp-client were tested on JDK 25 alone
            failed:  io.B.bad
            not run: io.B.late: missing program: chromium
            2 passed, 2 failed, 1 skipped
            """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"JAVA_HOME_17_X64", "PATH", "the usual folders"})
  void testCommand_jdk17Anywhere_alsoRunsTestsOnIt(String place) throws Exception {
    jdk("home", "25");
    jdk("old", "17.0.15");
    var old = folder.resolve("jdks/old").toRealPath();
    Files.delete(old.resolve("bin/javac")); // a runtime is enough
    var environment = new ArrayList<String>();
    switch (place) {
      case "JAVA_HOME_17_X64" -> environment.add(place + "=" + old);
      case "PATH" -> Files.createSymbolicLink(bin.resolve("java"), old.resolve("bin/java"));
      default -> Files.move(old, Files.createDirectory(folder.resolve("places")).resolve("a17"));
    }
    program(
        bin.resolve("mvn"),
        "#!/bin/sh\necho \"mvn $*\"\nmkdir -p clients/java/target/surefire-reports\n"
            + "echo >clients/java/target/surefire-reports/TEST-B-jdk17.xml\n");

    var run = lhttp(environment, "test");

    var found =
        place.startsWith("the") ? folder.resolve("places").toRealPath().resolve("a17") : old;
    assertThat(run.output())
        .contains("-Dlhttp.jdk17=" + found + "\n")
        .contains("lhttp-message and lhttp-client were also tested on JDK 17, " + found + "\n");
  }

  @Test
  void testCommand_brokenBeforeTestsOnJdk17_saysSo() throws Exception {
    jdk("home", "25");
    jdk("old", "17");
    program(bin.resolve("mvn"), "#!/bin/sh\nexit 1\n");

    var run = lhttp(List.of("JAVA_HOME_17_X64=" + folder.resolve("jdks/old")), "test");

    assertThat(run.output()).contains("no test has run on JDK 17, " + folder.resolve("jdks/old"));
  }

  @Test
  void testCommand_inApplicationFolder_runsTestsOfApplication() throws Exception {
    jdk("home", "25");
    write(folder.resolve("lhttp.yaml"), "");

    var run = lhttp("test");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output()).contains("io.lhttp.app.Main test").doesNotContain(" verify ");
  }

  @Test
  void testCommand_beyondTimeLimit_endsTestsAndSaysSo() throws Exception {
    jdk("home", "25");
    program(bin.resolve("mvn"), "#!/bin/sh\nexec sleep 600\n");

    var run = lhttp(List.of("LHTTP_TEST_MINUTES=0"), "test");

    assertThat(run.code()).isNotZero();
    assertThat(run.output())
        .contains("the tests have run for 0 minutes and are ended; LHTTP_TEST_MINUTES sets")
        .endsWith("\n");
  }

  @Test
  void testCommand_missingProgram_isNamedAndOtherTestsRun() throws Exception {
    jdk("home", "25");
    program(bin.resolve("node"), "#!/bin/sh\necho v18.19.0\n");

    var run = lhttp("test");

    assertThat(run.code()).as(run.output()).isZero();
    assertThat(run.output())
        .contains(
            "lhttp: node 20 or newer is missing and could not be installed: its tests are not"
                + " run\n",
            "lhttp: chromium is missing and could not be installed: its tests are not run\n",
            "lhttp: nats-server is missing and could not be installed: its tests are not run\n",
            "lhttp: nginx is missing and could not be installed: its tests are not run\n",
            "lhttp: haproxy is missing and could not be installed: its tests are not run\n",
            "lhttp: caddy is missing and could not be installed: its tests are not run\n",
            "lhttp: prometheus is missing and could not be installed: its tests are not run\n",
            "lhttp: zsh is missing and could not be installed: its tests are not run\n");
    assertThat(calls()).hasSize(1);
  }
}
