package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guestbook stores signatures in its service. */
class GuestbookTest {
  private static final Path EXAMPLE = AppProcess.HOME.resolve("examples/guestbook");

  @Test
  void signature_isStoredByService(@TempDir Path folder) throws Exception {
    var service =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                EXAMPLE.resolve("Guestbook.java").toString(),
                "0")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      var line = service.inputReader().readLine();
      assertThat(line).startsWith("guestbook on ");
      copy(folder, line.replaceFirst(".*:(\\d+)/.*", "$1"));
      try (var app = AppProcess.dev(folder);
          var jack = app.connect();
          var mike = app.connect()) {
        mike.subscribe("guestbook");

        assertThat(jack.request(Message.of("sign", "I was here")).body())
            .isEqualTo("you are number 1");

        assertThat(mike.receive().body())
            .isEqualTo("{\"number\":1,\"name\":\"somebody\",\"text\":\"I was here\"}");
        assertThat(mike.request(Message.of("read", "")).body())
            .isEqualTo("[{\"number\":1,\"name\":\"somebody\",\"text\":\"I was here\"}]");
        service.destroyForcibly().waitFor();
        var refused = jack.request(Message.of("sign", "hello?"));
        assertThat(refused.header("status")).contains("503");
        assertThat(refused.header("retry-after")).contains("10");
      }
    } finally {
      service.destroyForcibly();
    }
  }

  private static void copy(Path folder, String port) throws Exception {
    for (var name :
        List.of("lhttp.yaml", "lib/service.js", "processors/sign.js", "processors/read.js")) {
      var text = Files.readString(EXAMPLE.resolve(name)).replace("${GUESTBOOK_PORT:9100}", port);
      var file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    }
  }
}
