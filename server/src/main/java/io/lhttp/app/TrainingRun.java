package io.lhttp.app;

import io.lhttp.app.cli.Output;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;

/**
 * Runs the code of a typical start once, and ends. The launcher runs it so that the JVM creates a
 * cache of classes and profiles from it ({@code -XX:AOTCacheOutput}). The JVM keeps a whole cache
 * in memory, so that servers of less have caches of their own: with the argument {@code plain}, the
 * application has no code, and its cache no class of the scripts' engine; with {@code scripts} it
 * has no code in Java, and its cache no class of the Java compiler.
 */
final class TrainingRun {
  private static final String READY = "listening on ";

  /** So many that the JVM's compilers have profiles of all methods on a message's way. */
  private static final int MESSAGES = 60_000;

  private static final int PER_SECOND = 20_000;

  private static final PrintWriter NOWHERE = new PrintWriter(Writer.nullWriter());
  private static final Output QUIET = new Output(NOWHERE, NOWHERE);

  private TrainingRun() {}

  /** Ends the process also after a failure: the threads of its servers would keep it running. */
  public static void main(String[] arguments) {
    var code = 1;
    try {
      train(arguments.length == 0 ? "" : arguments[0]);
      code = 0;
    } catch (IOException | InterruptedException | RuntimeException e) {
      var trace = new StringWriter();
      e.printStackTrace(new PrintWriter(trace));
      System.err.print(trace); // the launcher keeps it in the log of the build
    } finally {
      System.exit(code);
    }
  }

  private static void train(String kind) throws IOException, InterruptedException {
    var parent = Files.createTempDirectory("lhttp-training-");
    try {
      var folder = parent.resolve("application");
      switch (kind) {
        case "plain" -> {
          write(folder.resolve("lhttp.yaml"), "chain: [pubsub, multipart]\n");
          load(start("serve", folder.toString()));
        }
        case "scripts" -> {
          Main.run(QUIET, "new", folder.toString());
          load(start("serve", folder.toString()));
        }
        default -> {
          createWithCode(folder);
          Main.run(QUIET, "test", folder.toString());
          for (var command : List.of("dev", "serve")) {
            var server = start(command, folder.toString());
            talk(server);
            load(server);
          }
        }
      }
    } finally {
      delete(parent);
    }
  }

  /** Creates an application with scripts and a processor in Java. */
  private static void createWithCode(Path folder) throws IOException {
    Main.run(QUIET, "new", folder.toString());
    Files.writeString(
        folder.resolve("lhttp.yaml"), "processors: { echo: Echo }\n", StandardOpenOption.APPEND);
    write(
        folder.resolve("processors/Echo.java"),
        """
        public class Echo implements io.lhttp.Processor {
          public void onMessage(io.lhttp.Exchange exchange) {
            exchange.send(exchange.request().body());
          }
        }
        """);
  }

  /** Starts the server on a thread of its own. Returns the server's address. */
  private static String start(String command, String folder) throws IOException {
    var reader = new PipedReader();
    var out = new PrintWriter(new PipedWriter(reader), true);
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (out) {
            Main.run(
                new Output(out, NOWHERE),
                command,
                folder,
                "--port",
                "0",
                "--set",
                "listen=127.0.0.1:0",
                "--set",
                "admin=127.0.0.1:0");
          }
        });
    var lines = new BufferedReader(reader);
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(READY)) {
        return line.substring(READY.length());
      }
    }
    throw new IOException("the server did not start");
  }

  private static void talk(String server) {
    Main.run(QUIET, "connect", server, "--subscribe", "a", "--send", "echo hi", "--stay", "500ms");
    Main.run(QUIET, "connect", server, "--publish", "a", "--send", "echo hi");
    Main.run(QUIET, "publish", "a", "hi", "--url", server.replaceFirst("^ws", "http"));
  }

  private static void load(String server) throws InterruptedException {
    try {
      TrainingLoad.run(server, MESSAGES, PER_SECOND);
    } catch (IOException _) {
      // the load so far has trained the server
    }
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
