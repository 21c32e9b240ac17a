package io.lhttp.scripts;

import io.lhttp.message.Message;
import io.lhttp.scripts.testing.ManualTime;
import io.lhttp.testing.TestChain;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** One host for a class of tests, with a long time limit for calls, and a folder for each test. */
public abstract class ScriptTestBase {
  private static final Duration PATIENT = Duration.ofSeconds(5);

  public static ScriptHost host;
  public static ManualTime time;

  @TempDir public Path path;

  @BeforeAll
  public static void start() {
    time = new ManualTime();
    host = ScriptHost.builder().eventLoops(1).callTime(PATIENT).time(time).build();
  }

  @AfterAll
  public static void stop() {
    host.close();
  }

  /** Creates a chain with this script as the processor of {@code chat}. */
  public TestChain processor(String text) {
    return processor(text, Map.of());
  }

  public TestChain processor(String text, Map<String, Object> options) {
    var script =
        new Folder(path).write("processors/chat.js", text).read(host, "processors/chat.js");
    return TestChain.builder().processor("chat", script.processor("chat", options)).build();
  }

  public static String reply(TestChain chain, Message message) {
    return chain.send(chain.connect("jack"), message).replies().getFirst().body();
  }
}
