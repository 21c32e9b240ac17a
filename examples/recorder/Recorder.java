import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A record server: {@code POST /records} appends a line to a file, {@code GET /records} returns
 * all. It accepts only requests that LHTTP has signed. Run it with {@code java Recorder.java PORT
 * FILE}.
 */
public final class Recorder {
  private static final int LONGEST = 64 * 1024;
  private static final Duration OLDEST = Duration.ofSeconds(60);

  private final Path file;
  private final byte[] secret;
  private long records;

  private Recorder(Path file, String secret) throws IOException {
    this.file = file;
    this.secret = secret.getBytes(UTF_8);
    if (Files.exists(file)) {
      try (var lines = Files.lines(file)) {
        records = lines.count();
      }
    }
  }

  public static void main(String[] arguments) throws IOException {
    var secret = System.getenv().getOrDefault("RECORDER_SECRET", "only-for-trying-this-out");
    var recorder = new Recorder(Path.of(arguments[1]), secret);
    var port = Integer.parseInt(arguments[0]);
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/records", recorder::answer);
    server.start();
    System.out.println(
        "recording on http://127.0.0.1:" + server.getAddress().getPort() + "/records");
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = exchange.getRequestBody().readNBytes(LONGEST + 1);
      if (body.length > LONGEST) {
        reply(exchange, 413, "");
      } else if (!signed(exchange, body)) {
        reply(exchange, 401, "");
      } else if (exchange.getRequestMethod().equals("POST")) {
        append(header(exchange, "publish"), new String(body, UTF_8));
        reply(exchange, 200, "");
      } else {
        reply(exchange, 200, all());
      }
    }
  }

  /** One line per record: its number, the channel, the text. */
  private synchronized void append(String channel, String text) throws IOException {
    var line =
        ++records
            + "\t"
            + channel
            + "\t"
            + text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n");
    Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private synchronized String all() throws IOException {
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private boolean signed(HttpExchange exchange, byte[] body) {
    try {
      var time = Instant.ofEpochSecond(Long.parseLong(header(exchange, "lhttp-timestamp")));
      var lines =
          String.join(
              "\n",
              header(exchange, "lhttp-timestamp"),
              exchange.getRequestMethod(),
              header(exchange, "host"),
              exchange.getRequestURI().toString(),
              header(exchange, "lhttp-user"),
              header(exchange, "lhttp-connection"),
              header(exchange, "lhttp-command"),
              HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body)));
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      var expected = HexFormat.of().formatHex(mac.doFinal(lines.getBytes(UTF_8)));
      return Duration.between(time, Instant.now()).abs().compareTo(OLDEST) < 0
          && MessageDigest.isEqual(
              expected.getBytes(UTF_8), header(exchange, "lhttp-signature").getBytes(UTF_8));
    } catch (RuntimeException e) {
      return false;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String header(HttpExchange exchange, String name) {
    var value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private static void reply(HttpExchange exchange, int status, String text) throws IOException {
    var bytes = text.getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
