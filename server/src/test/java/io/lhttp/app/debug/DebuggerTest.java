package io.lhttp.app.debug;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The agent is found in each form of the JVM's arguments. */
class DebuggerTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:5005 | 127.0.0.1:5005",
        "-agentlib:jdwp=transport=dt_socket,server=y,address=*:5005                   | *:5005",
        "-agentlib:jdwp=transport=dt_socket,server=y,address=5005                     | 127.0.0.1:5005",
        "-Xrunjdwp:transport=dt_socket,server=y,address=8000                          | 127.0.0.1:8000",
        "-agentpath:/opt/jdk/lib/libjdwp.so=transport=dt_socket,server=y,address=8000 | 127.0.0.1:8000",
        "-agentlib:jdwp=transport=dt_socket,server=y,address=127.0.0.1:0              | ''",
        "-agentlib:jdwp=transport=dt_socket,server=n,address=127.0.0.1:4711           | ''",
      })
  void agent_isFoundWithItsAddress(String argument, String address) {
    var debugger = Debugger.of(List.of("-Xmx64m", argument, "-Da=b"));

    assertThat(debugger.present()).isTrue();
    assertThat(debugger.address().orElse("")).isEqualTo(address);
  }

  @Test
  void otherArguments_areNoAgent() {
    var debugger =
        Debugger.of(List.of("-Djdwp=x", "-agentlib:hprof=address=1", "-javaagent:jdwp.jar"));

    assertThat(debugger.present()).isFalse();
    assertThat(debugger.address()).isEmpty();
  }
}
