package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.testing.TestClient;
import java.net.URI;
import org.junit.jupiter.api.Test;

/** The echo example sends each message back and escapes it in its log. */
class EchoTest {
  @Test
  void message_onAnyPath_comesBack() throws Exception {
    try (var app = AppProcess.example("echo");
        var client =
            TestClient.connect(
                URI.create(app.uri().toString().replace("localhost", "127.0.0.1") + "echo"))) {
      var message = Message.builder("chat").header("content-type", "text").body("hello").build();

      assertThat(client.request(message)).isEqualTo(message);
      assertThat(app.output()).contains("on message: hello");
      assertThat(app.stop()).isZero();
    }
  }

  @Test
  void clientText_isEscapedInLog() throws Exception {
    try (var app = AppProcess.example("echo");
        var client = app.connect()) {
      client.request(Message.of("chat", "\u001b[31mred\r\nforged line"));

      assertThat(app.output()).doesNotContain("\u001b").doesNotContain("\nforged");
    }
  }
}
