package io.lhttp.app.debug;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The port of {@code dev --debug} is checked before the JVM that needs it starts. */
class DebugPortTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void zero_printsFreePort() {
    assertThat(run("0")).as(err.toString(UTF_8)).isZero();
    assertThat(Integer.parseInt(out.toString(UTF_8).strip())).isPositive();
  }

  @Test
  void takenPort_isReportedInOneLine() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var port = taken.getLocalPort();

      assertThat(run(Integer.toString(port))).isEqualTo(1);
      assertThat(err.toString(UTF_8).lines())
          .singleElement()
          .asString()
          .startsWith("lhttp dev: the debug port " + port + " can't be had (")
          .endsWith("choose another with --debug=PORT, or a free one with --debug=0");
      assertThat(out.size()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "-1", "65536", "5005x", "127.0.0.1:5005", "99999999999"})
  void noPort_isReportedWithExpectation(String written) {
    assertThat(run(written)).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .isEqualTo(
            "lhttp dev: --debug=%s: expected a port from 0 to 65535, where 0 picks a free one\n"
                .formatted(written));
  }

  private int run(String written) {
    return DebugPort.run(
        written, new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
  }
}
