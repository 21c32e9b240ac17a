package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recorder example stores each published message in order. */
class RecorderTest {
  private static final Path EXAMPLE = AppProcess.HOME.resolve("examples/recorder");

  @Test
  void messages_areRecordedInOrder(@TempDir Path folder) throws Exception {
    var records = folder.resolve("records.txt");
    var recorder = recorder(records);
    try {
      var url = url(recorder);
      configure(folder, url);
      try (var app = AppProcess.dev(folder);
          var jack = app.connect();
          var mike = app.connect()) {
        mike.subscribe("channel_mike");
        for (var i = 1; i <= 20; i++) {
          jack.send("LHTTP/1.0 chat\r\npublish:channel_mike\r\n\r\nhello " + i);
          assertThat(mike.receive().body()).isEqualTo("hello " + i);
        }
        var all = mike.request(Message.of("recall", ""));

        assertThat(all.header("upstream-status")).contains("200");
        assertThat(all.body().lines())
            .hasSizeBetween(19, 20)
            .startsWith("1\tchannel_mike\thello 1", "2\tchannel_mike\thello 2");
        jack.request(Message.builder("chat").header("ack", "true").body("the last\nword").build());
        assertThat(Files.readAllLines(records))
            .hasSize(21)
            .endsWith("20\tchannel_mike\thello 20", "21\t\tthe last\\nword");
      }
      assertThat(SignedRequestsTest.unsigned(url)).isEqualTo(401);
    } finally {
      recorder.destroyForcibly();
    }
  }

  private static Process recorder(Path records) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            EXAMPLE.resolve("Recorder.java").toString(),
            "0",
            records.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private static URI url(Process recorder) throws IOException {
    var line = recorder.inputReader().readLine();
    assertThat(line).startsWith("recording on ");
    return URI.create(line.substring("recording on ".length()));
  }

  private static void configure(Path folder, URI url) throws IOException {
    var yaml = Files.readString(EXAMPLE.resolve("lhttp.yaml"));
    var changed = yaml.replace("${RECORDER_PORT:9000}", Integer.toString(url.getPort()));
    assertThat(changed).isNotEqualTo(yaml);
    Files.writeString(folder.resolve("lhttp.yaml"), changed);
  }
}
