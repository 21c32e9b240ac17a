package io.lhttp.bench.reloads;

import io.lhttp.bench.AppServer;
import io.lhttp.bench.Bench;
import io.lhttp.bench.Target;
import io.lhttp.bench.cluster.Scratch;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Our server. Its rule is a filter, which stamps each message with a number. */
final class OurServer implements Changeable {
  private static final String ECHO =
      """
      public class Echo implements io.lhttp.Processor {
        public void onMessage(io.lhttp.Exchange exchange) {
          exchange.send(exchange.request().body());
        }
        public boolean mayBlock() { return false; }
      }
      """;

  private static final Pattern RULE = Pattern.compile("(?i)\\brule: ?(\\d+)");
  private static final int PATIENCE_SECONDS = 10;

  /** The language of the filter. */
  enum Code {
    JAVASCRIPT(
        "rule",
        "rule.js",
        "export function before(ctx) { ctx.setHeader(\"rule\", \"NUMBER\"); }\n"),
    JAVA(
        "Rule",
        "Rule.java",
        """
        public class Rule implements io.lhttp.Filter {
          public io.lhttp.Outcome filter(io.lhttp.Exchange exchange, io.lhttp.Chain chain) throws Exception {
            exchange.rewrite(exchange.request().with("rule", "NUMBER"));
            return chain.proceed(exchange);
          }
          public boolean mayBlock() { return false; }
        }
        """);

    private final String link;
    private final String file;
    private final String text;

    Code(String link, String file, String text) {
      this.link = link;
      this.file = file;
      this.text = text;
    }
  }

  private final Scratch scratch;
  private final Code code;
  private final AppServer server;
  private final Asker asker;

  private OurServer(Scratch scratch, Code code, AppServer server) {
    this.scratch = scratch;
    this.code = code;
    this.server = server;
    this.asker = new Asker(server);
  }

  static OurServer start(Code code, boolean compiled) throws Exception {
    var scratch = new Scratch();
    var folder = scratch.path();
    Files.createDirectories(folder.resolve("filters"));
    Files.createDirectories(folder.resolve("processors"));
    Files.writeString(folder.resolve("processors").resolve("Echo.java"), ECHO);
    Files.writeString(
        folder.resolve("lhttp.yaml"),
        """
        listen: 127.0.0.1:0
        limits: { connections-per-address: 20000, handshakes-per-address: 20000 }
        chain: [ %s, pubsub, multipart ]
        processors: { echo: Echo }
        log: { level: error }
        """
            .formatted(code.link));
    write(folder, code, 0);
    var server = AppServer.start("ours", folder, Bench.FLAGS, compiled);
    return new OurServer(scratch, code, server);
  }

  private static void write(Path folder, Code code, int number) throws IOException {
    Files.writeString(
        folder.resolve("filters").resolve(code.file),
        code.text.replace("NUMBER", Integer.toString(number)));
  }

  @Override
  public String version() {
    return "this tree, JVM " + Runtime.version().feature();
  }

  @Override
  public Target target() {
    return server.target();
  }

  @Override
  public Crowd.Paths paths() {
    return Crowd.Paths.LHTTP;
  }

  @Override
  public void change(int number) throws Exception {
    write(scratch.path(), code, number);
    server.reload();
  }

  /** A reply has its request's headers, and the rule has stamped the request. */
  @Override
  public int inForce() throws InterruptedException {
    var rule = RULE.matcher(asker.ask());
    return rule.find() ? Integer.parseInt(rule.group(1)) : -1;
  }

  @Override
  public void close() throws IOException {
    asker.http.shutdownNow();
    server.close();
    scratch.close();
  }

  private static final class Asker implements WebSocket.Listener {
    /**
     * Reads on its selector's thread alone, as the JDK's WebSocket (25.0) otherwise loses the end
     * of a connection right after a message.
     */
    private final HttpClient http = HttpClient.newBuilder().executor(Runnable::run).build();

    private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();
    private final WebSocket socket;

    Asker(AppServer server) {
      socket = http.newWebSocketBuilder().buildAsync(server.uri(), this).join();
    }

    String ask() throws InterruptedException {
      socket.sendText("LHTTP/1.0 echo\r\n\r\n?", true).join();
      var reply = replies.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return reply == null ? "" : reply;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      replies.add(data.toString());
      return WebSocket.Listener.super.onText(from, data, last);
    }
  }
}
