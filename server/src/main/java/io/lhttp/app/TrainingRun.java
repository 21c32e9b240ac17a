package io.lhttp.app;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.lhttp.app.cli.Output;
import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * Runs the code of a typical start once, and ends. The launcher runs it so that the JVM creates a
 * cache of classes and profiles from it ({@code -XX:AOTCacheOutput}). With the argument {@code
 * plain}, the application has no code, and its cache no class of the scripts' engine.
 */
final class TrainingRun {
  private static final String READY = "listening on ";

  /** So many that the JVM's compilers have profiles of all methods on a message's way. */
  private static final int MESSAGES = 20_000;

  private static final int UNDER_WAY = 50;

  /** The time after which no delivery is expected any more, so that the training always ends. */
  private static final long PATIENCE_SECONDS = 10;

  private static final PrintWriter NOWHERE = new PrintWriter(Writer.nullWriter());
  private static final Output QUIET = new Output(NOWHERE, NOWHERE);

  private TrainingRun() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    var parent = Files.createTempDirectory("lhttp-training-");
    try {
      var folder = parent.resolve("application");
      if (List.of(arguments).contains("plain")) {
        write(folder.resolve("lhttp.yaml"), "chain: [pubsub, multipart]\n");
        talk(start("serve", folder.toString()));
      } else {
        createWithCode(folder);
        Main.run(QUIET, "test", folder.toString());
        for (var command : List.of("dev", "serve")) {
          talk(start(command, folder.toString()));
        }
      }
    } finally {
      delete(parent);
    }
    System.exit(0);
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

  private static void talk(String server) throws InterruptedException {
    Main.run(QUIET, "connect", server, "--subscribe", "a", "--send", "echo hi", "--stay", "500ms");
    Main.run(QUIET, "connect", server, "--publish", "a", "--send", "echo hi");
    Main.run(QUIET, "publish", "a", "hi", "--url", server.replaceFirst("^ws", "http"));
    publishMany(server);
  }

  private static void publishMany(String server) throws InterruptedException {
    var free = new Semaphore(UNDER_WAY);
    try (var client = LhttpClient.builder(URI.create(server)).reconnect(false).connect()) {
      client.subscribe("a", delivery -> free.release());
      for (var i = 0; i < MESSAGES && free.tryAcquire(PATIENCE_SECONDS, SECONDS); i++) {
        client.send(Message.builder("chat").header("publish", "a").body("hello").build());
      }
      var _ = free.tryAcquire(UNDER_WAY, PATIENCE_SECONDS, SECONDS);
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
