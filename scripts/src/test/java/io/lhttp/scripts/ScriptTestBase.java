package io.lhttp.scripts;

import io.lhttp.message.Message;
import io.lhttp.testing.TestChain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** One host for a class of tests, with time enough for each call, and a folder for each test. */
abstract class ScriptTestBase {
  private static final Duration PATIENT = Duration.ofSeconds(5);

  static ScriptHost host;
  static ManualTime time;

  @TempDir Path path;

  @BeforeAll
  static void start() {
    time = new ManualTime();
    host = new ScriptHost.Builder().eventLoops(1).callTime(PATIENT).time(time).build();
  }

  @AfterAll
  static void stop() {
    host.close();
  }

  /** A chain with this processor for {@code chat}. */
  TestChain processor(String text) {
    return processor(text, Map.of());
  }

  TestChain processor(String text, Map<String, Object> options) {
    var script =
        new Folder(path).write("processors/chat.js", text).read(host, "processors/chat.js");
    return new TestChain.Builder().processor("chat", script.processor("chat", options)).build();
  }

  static String reply(TestChain chain, Message message) {
    return chain.send(chain.connect("jack"), message).replies().getFirst().body();
  }
}
