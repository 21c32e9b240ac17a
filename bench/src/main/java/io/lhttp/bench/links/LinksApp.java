package io.lhttp.bench.links;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes applications whose filters read a header and set one. */
final class LinksApp {
  private static final String LIMITS =
      """
      listen: 127.0.0.1:0
      limits: { connections-per-address: 20000, handshakes-per-address: 20000 }
      probation: 0s
      log: { level: error }
      processors: { echo: Echo }
      """;

  private static final String ECHO =
      """
      public class Echo implements io.lhttp.Processor {
        public void onMessage(io.lhttp.Exchange exchange) {
          exchange.send(exchange.request().body());
        }
        public boolean mayBlock() { return false; }
      }
      """;

  private static final String JAVASCRIPT =
      """
      export function before(ctx) {
        ctx.setHeader("link", ctx.header("content-type") ?? "");
      }
      """;

  private static final String JAVA =
      """
      public class NAME implements io.lhttp.Filter {
        public io.lhttp.Outcome filter(io.lhttp.Exchange exchange, io.lhttp.Chain chain) throws Exception {
          var request = exchange.request();
          exchange.rewrite(request.with("link", request.header("content-type").orElse("")));
          return chain.proceed(exchange);
        }
        public boolean mayBlock() { return false; }
      }
      """;

  private LinksApp() {}

  /** Writes an application with this many filters in JavaScript. */
  static Path inJavaScript(Path folder, int filters) throws IOException {
    return write(folder, filters, "f%d", ".js", JAVASCRIPT);
  }

  /** Writes an application with this many filters in Java. */
  static Path inJava(Path folder, int filters) throws IOException {
    return write(folder, filters, "F%d", ".java", JAVA);
  }

  private static Path write(Path folder, int filters, String names, String ending, String code)
      throws IOException {
    Files.createDirectories(folder.resolve("filters"));
    Files.createDirectories(folder.resolve("processors"));
    Files.writeString(folder.resolve("processors").resolve("Echo.java"), ECHO);
    var chain =
        IntStream.rangeClosed(1, filters)
            .mapToObj(i -> names.replace("%d", Integer.toString(i)))
            .toList();
    for (var name : chain) {
      Files.writeString(
          folder.resolve("filters").resolve(name + ending), code.replace("NAME", name));
    }
    var links = chain.stream().map(name -> name + ", ").collect(Collectors.joining());
    Files.writeString(
        folder.resolve("lhttp.yaml"), LIMITS + "chain: [ " + links + "pubsub, multipart ]\n");
    return folder;
  }
}
