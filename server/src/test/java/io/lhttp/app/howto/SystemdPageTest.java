package io.lhttp.app.howto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.HowToPage;
import io.lhttp.fixture.Programs;
import io.lhttp.server.Drain;
import io.lhttp.server.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** systemd understands the page's unit, whose times and limits fit the server. */
class SystemdPageTest {
  private static final HowToPage page = new HowToPage("systemd.md");

  @Test
  void unit_isAcceptedBySystemd(@TempDir Path folder) throws Exception {
    var program = Programs.find("systemd-analyze");
    Assumptions.assumeTrue(program.isPresent(), "missing program: systemd-analyze");
    var server = Files.writeString(folder.resolve("lhttp"), "#!/bin/sh\n");
    assertThat(server.toFile().setExecutable(true)).isTrue();
    var unit = folder.resolve("lhttp.service");
    Files.writeString(unit, unit().replace("/opt/lhttp/lhttp", server.toString()));

    assertThat(verify(program.get(), unit)).isEmpty();

    Files.writeString(unit, Files.readString(unit).replace("ProtectHome", "ProtectHouse"));
    assertThat(verify(program.get(), unit)).as("the check").contains("ProtectHouse");
  }

  @Test
  void unit_waitsLongerThanDrain() throws IOException {
    var stop = Duration.ofSeconds(Long.parseLong(value("TimeoutStopSec")));

    assertThat(stop).isGreaterThan(Drain.DEFAULT.deadline().plusSeconds(12));
    assertThat(Integer.parseInt(value("LimitNOFILE"))).isGreaterThan(Limits.DEFAULT.connections());
    assertThat(value("ExecReload")).contains("-HUP $MAINPID");
    assertThat(value("ExecStart")).startsWith("/opt/lhttp/lhttp serve ");
  }

  private static String verify(Path program, Path unit) throws Exception {
    var run =
        new ProcessBuilder(List.of(program.toString(), "verify", "--man=no", unit.toString()))
            .redirectErrorStream(true)
            .start();
    var output = new String(run.getInputStream().readAllBytes(), UTF_8);
    run.waitFor();
    return output;
  }

  private static String unit() throws IOException {
    return page.block("ini", "[Service]");
  }

  private static String value(String key) throws IOException {
    var line = Pattern.compile("(?m)^" + key + "=(.*)$").matcher(unit());
    assertThat(line.find()).as(key).isTrue();
    return line.group(1);
  }
}
