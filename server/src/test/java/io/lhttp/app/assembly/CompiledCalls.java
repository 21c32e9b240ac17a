package io.lhttp.app.assembly;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.message.Message;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.scripts.engine.Compilations;
import io.lhttp.testing.TestChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The main class of a process that calls a script until the engine's compiler has compiled enough
 * functions, or has failed. It prints the counts and the runtime.
 */
final class CompiledCalls {
  private static final int ENOUGH = 15;

  private static final String FILTER =
      """
      export function before(ctx) {
        const seen = { type: ctx.header("content-type") ?? "", parts: [ctx.body, ctx.command] };
        ctx.setHeader("link", seen.parts.join(seen.type));
      }
      """;

  private CompiledCalls() {}

  public static void main(String[] arguments) throws IOException {
    var folder = Path.of(arguments[0]);
    var file = Files.createDirectories(folder.resolve("filters")).resolve("link.js");
    Files.writeString(file, FILTER, UTF_8);
    try (var host = ScriptHost.builder().eventLoops(1).build();
        var chain =
            TestChain.builder()
                .filter("link", host.read(folder, file).filter("link", Map.of()))
                .processor("echo", exchange -> exchange.send("fine"))
                .build()) {
      var jack = chain.connect("jack");
      var message = Message.of("echo", "hello");
      var counts = Compilations.ofProcess();
      while (counts.done() < ENOUGH && counts.failed() == 0) {
        var _ = chain.send(jack, message);
      }
      System.out.println("scripts are " + host.runtime() + "; " + counts);
    }
    System.exit(0); // the compiler's threads need not end their work
  }
}
