package io.lhttp.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.assembly.Application;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.settings.Mode;
import io.lhttp.fixture.RawClient;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A script may send more to its own client at once than the client's queue holds. */
class ScriptRepliesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "event-loop, export function, 40, 60000",
    "event-loop, export async function, 40, 60000",
    "event-loop, export function, 3000, 500",
    "1, export function, 40, 60000",
    "1, export async function, 40, 60000",
    "1, export function, 3000, 500"
  })
  void manyReplies_readingClient_getsAll(String threads, String function, int count, int length)
      throws Exception {
    var script =
        """
        %s onMessage(ctx) {
          for (let i = 0; i < %d; i++) ctx.send(i + " " + "x".repeat(%d));
        }
        """
            .formatted(function, count, length);
    try (var running = new Running(threads, script);
        var client = RawClient.open(running.server.port())) {
      for (var message = 0; message < 2; message++) {
        client.text("LHTTP/1.0 many\r\n\r\n");
        for (var i = 0; i < count; i++) {
          assertThat(client.frame().text())
              .contains("\r\n\r\n" + i + " ")
              .hasSizeGreaterThan(length);
        }
      }
      assertThat(ServerInternals.of(running.server).counters().slowConsumers()).isZero();
    }
  }

  /** An application with one script, and its server. */
  private final class Running implements AutoCloseable {
    private final Application application;
    private final LhttpServer server;

    Running(String threads, String script) throws Exception {
      var settings = "scripts: { threads: " + threads + " }\nlimits: { queue-bytes: 131072 }\n";
      Files.writeString(folder.resolve("lhttp.yaml"), settings);
      Files.createDirectory(folder.resolve("processors"));
      Files.writeString(folder.resolve("processors/many.js"), script);
      application = new ApplicationLoader(folder).environment(Map.<String, String>of()::get).load();
      server = application.server(Mode.SERVE).host("127.0.0.1").port(0).start();
    }

    @Override
    public void close() {
      server.close();
      application.scripts().close();
    }
  }
}
