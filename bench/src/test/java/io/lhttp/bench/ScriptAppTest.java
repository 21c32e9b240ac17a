package io.lhttp.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script application of the bench reloads under load; no speed is checked. */
class ScriptAppTest {
  @TempDir Path folder;

  @Test
  void reload_underLoad_losesNothing() throws Exception {
    var app = ScriptApp.write(folder, 2, "scripts: { call-time: 5s }\n").echoInJavaScript();
    try (var server = AppServer.start("it", app.folder(), Bench.SERVER_FLAGS, false);
        var driver = new Driver(1);
        var load =
            new PipelinedLoad(
                driver, server.target(), 4, 1, Protocol.WebSocket::new, LoadBytes.echo())) {
      load.start();
      app.filter(2, 9);
      assertThat(server.reload()).isPositive();
      assertThat(server.chain().path("generation").asInt()).isEqualTo(2);
      assertThat(server.medianMicros("filters", "f2")).isNotNegative();
      load.stop();
      assertThat(driver.settle()).isZero();
      assertThat(driver.drain().received).isPositive();
    }
  }
}
