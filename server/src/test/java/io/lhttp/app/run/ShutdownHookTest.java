package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Processes;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Users' shutdown hooks that hang, in processes of their own. */
class ShutdownHookTest extends ProcessFixture {
  @Test
  void hangingHook_isNamedAndProcessEnds() throws Exception {
    write("lhttp.yaml", "chain: [ Hooked ]\n");
    write(
        "filters/Hooked.java",
        """
        public class Hooked implements io.lhttp.Filter {
          public Hooked() {
            Runtime.getRuntime().addShutdownHook(new Thread(Hooked::hang, "saver"));
          }
          static void hang() {
            while (true) {
              try { Thread.sleep(100_000); } catch (InterruptedException e) { /* goes on */ }
            }
          }
        }
        """);

    var check = processes.lhttp(List.of(), List.of("check", folder.toString()));

    assertThat(Processes.exitCode(check)).isZero();
    assertThat(new String(check.getErrorStream().readAllBytes(), UTF_8))
        .contains("shutdown hooks did not end within 10 s, and the process is halted: ")
        .contains("thread 'saver' at Hooked.hang(Hooked.java:7)");
  }
}
