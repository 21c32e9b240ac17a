package io.lhttp.app.reload;

import org.junit.jupiter.api.BeforeEach;

/** An application with a processor that echoes, and a filter that does nothing. */
abstract class EchoFixture extends ReloadFixture {
  @BeforeEach
  void anApplication() throws Exception {
    write("processors/Echo.java", echo("one"));
    write("filters/Mark.java", mark("Mark"));
    write("lhttp.yaml", "chain: [Mark, pubsub]\nprocessors: { echo: Echo }\n");
    start();
  }

  String talk() {
    return ask("echo", "hi");
  }

  static String echo(String word) {
    return """
    import io.lhttp.*;
    public class Echo implements Processor {
      public void onMessage(Exchange e) { e.send("%s " + e.request().body()); }
    }
    """
        .formatted(word);
  }

  static String mark(String name) {
    return "public class %s implements io.lhttp.Filter {}".formatted(name);
  }
}
