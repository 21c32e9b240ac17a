package io.lhttp.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.settings.Mode;
import io.lhttp.fixture.RawClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The attributes that scripts set have a bound, over all connections. */
class ScriptAttributesTest {
  private static final int CLIENTS = 40;

  @TempDir private Path folder;

  @Test
  void attributesOfManyConnections_overMemory_areRefused() throws Exception {
    Files.writeString(folder.resolve("lhttp.yaml"), "limits: { memory: 2MiB }\n");
    Files.createDirectory(folder.resolve("processors"));
    Files.writeString(
        folder.resolve("processors/keep.js"),
        """
        export function onMessage(ctx) {
          ctx.connection.attributes.set("kept", "x".repeat(Number(ctx.body)));
          ctx.send("kept");
        }
        """);
    var application =
        new ApplicationLoader(folder).environment(Map.<String, String>of()::get).load();
    var clients = new ArrayList<RawClient>();
    try (var _ = application.scripts();
        var server = application.server(Mode.SERVE).host("127.0.0.1").port(0).start()) {
      var answers = new ArrayList<String>();
      for (var i = 0; i < CLIENTS; i++) {
        var client = RawClient.open(server.port());
        clients.add(client);
        client.text("LHTTP/1.0 keep\r\n\r\n60000");
        answers.add(client.frame().text());
      }

      assertThat(answers.getFirst()).endsWith("kept");
      assertThat(answers.getLast()).contains("status:503", "the server is short of memory");

      clients.getLast().text("LHTTP/1.0 keep\r\n\r\n500");
      assertThat(clients.getLast().frame().text()).endsWith("kept");
    } finally {
      for (var client : clients) {
        client.close();
      }
    }
  }
}
