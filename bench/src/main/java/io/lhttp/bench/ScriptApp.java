package io.lhttp.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/** The application folder in which scripts are measured. */
record ScriptApp(Path folder) {
  private static final String LIMITS =
      """
      listen: 127.0.0.1:0
      limits: { connections-per-address: 20000, handshakes-per-address: 20000 }
      probation: 0s
      log: { level: error }
      """;

  /**
   * @param filters the number of scripts in the chain: {@code f1}, {@code f2} …
   * @param settings further lines of {@code lhttp.yaml}
   */
  static ScriptApp write(Path folder, int filters, String settings) throws IOException {
    var app = new ScriptApp(folder);
    var chain = new StringBuilder("chain: [ ");
    for (var i = 1; i <= filters; i++) {
      app.filter(i, 7);
      chain.append('f').append(i).append(", ");
    }
    app.file("lhttp.yaml", LIMITS + chain + "pubsub, multipart ]\n" + settings);
    return app;
  }

  /**
   * Writes a filter that differs from the previous one by a number. It has the work of a typical
   * filter: a header, a hash of 36 characters, a regex, two attributes.
   */
  void filter(int index, int number) throws IOException {
    file(
        "filters/f" + index + ".js",
        """
        const type = /^[a-z]+(\\/[a-z]+)?$/;
        export function before(ctx) {
          const written = ctx.header("content-type") ?? "";
          const text = ctx.body;
          let hash = %d;
          for (let i = 0; i < 36 && i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) | 0;
          if (!type.test(written)) return ctx.refuse(415, "no such type");
          ctx.attributes.set("hash", hash);
          ctx.attributes.set("type", written);
        }
        """
            .formatted(number));
  }

  /** Deletes a folder of applications. */
  static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  ScriptApp echoInJava() throws IOException {
    return file(
            "processors/Echo.java",
            """
            public class Echo implements io.lhttp.Processor {
              public void onMessage(io.lhttp.Exchange exchange) {
                exchange.send(exchange.request().body());
              }
              public boolean mayBlock() { return false; }
            }
            """)
        .append("processors: { echo: Echo }\n");
  }

  /** Lets the server hold so many connections. */
  ScriptApp withConnections(int most) throws IOException {
    var yaml = folder.resolve("lhttp.yaml");
    var limits =
        Files.readString(yaml).replace("limits: { ", "limits: { connections: %d, ".formatted(most));
    return file("lhttp.yaml", limits);
  }

  ScriptApp echoInJavaScript() throws IOException {
    return processor("echo", "ctx.send(ctx.body);");
  }

  /** Writes a processor in JavaScript. */
  ScriptApp processor(String command, String statement) throws IOException {
    return file(
        "processors/" + command + ".js", "export function onMessage(ctx) { " + statement + " }\n");
  }

  private ScriptApp append(String setting) throws IOException {
    var yaml = folder.resolve("lhttp.yaml");
    return file("lhttp.yaml", Files.readString(yaml) + setting);
  }

  private ScriptApp file(String name, String text) throws IOException {
    var file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return this;
  }
}
