import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * A service that keeps a guestbook in memory: {@code POST /entries} takes an entry as JSON, numbers
 * it and answers with it; {@code GET /entries} answers with all. Run it with {@code java
 * Guestbook.java PORT}.
 */
public final class Guestbook {
  private static final int LONGEST = 4 * 1024;
  private static final int MOST = 10_000;

  /** JSON objects. */
  private final List<String> entries = new ArrayList<>();

  public static void main(String[] arguments) throws IOException {
    var port = Integer.parseInt(arguments[0]);
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/entries", new Guestbook()::answer);
    server.start();
    System.out.println(
        "guestbook on http://127.0.0.1:" + server.getAddress().getPort() + "/entries");
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = exchange.getRequestBody().readNBytes(LONGEST + 1);
      var text = new String(body, UTF_8).strip();
      if (exchange.getRequestMethod().equals("GET")) {
        reply(exchange, 200, "[" + String.join(",", entries) + "]");
      } else if (body.length > LONGEST || !text.startsWith("{\"")) {
        reply(exchange, 400, "{}");
      } else if (entries.size() == MOST) {
        reply(exchange, 507, "{}");
      } else {
        var entry = "{\"number\":" + (entries.size() + 1) + "," + text.substring(1);
        entries.add(entry);
        reply(exchange, 201, entry);
      }
    }
  }

  private static void reply(HttpExchange exchange, int status, String json) throws IOException {
    var bytes = json.getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
