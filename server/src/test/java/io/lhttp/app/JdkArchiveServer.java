package io.lhttp.app;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP server on loopback that has one archive of a JDK, and answers in the way that a test
 * chooses.
 */
final class JdkArchiveServer implements AutoCloseable {
  enum Answer {
    /** The archive, or the rest of it. */
    COMPLETE,
    /** The archive, also to a request for its rest. */
    WITHOUT_RANGES,
    /** Half the archive; then the connection ends. */
    HALF,
    /** Half the archive; then nothing until the test ends. */
    STALLED,
    /** Other bytes. */
    OTHER,
    /** 404. */
    MISSING,
  }

  volatile Answer answer = Answer.COMPLETE;

  /** The path of each request, and its range if it has one. */
  final List<String> requests = new CopyOnWriteArrayList<>();

  /** Is zero once half the archive was sent. */
  final CountDownLatch half = new CountDownLatch(1);

  private final CountDownLatch end = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final byte[] archive;
  private final HttpServer http;

  JdkArchiveServer(Path archive) throws IOException {
    this.archive = Files.readAllBytes(archive);
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.setExecutor(threads);
    http.createContext("/", this::answer);
    http.start();
  }

  String url() {
    return "http://127.0.0.1:" + http.getAddress().getPort() + "/jdks";
  }

  String sha256() throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(archive));
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var range = exchange.getRequestHeaders().getFirst("Range");
      requests.add(exchange.getRequestURI() + (range == null ? "" : " " + range));
      switch (answer) {
        case COMPLETE -> {
          var from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
          if (from >= archive.length) {
            exchange.sendResponseHeaders(416, -1);
            return;
          }
          if (range != null) {
            exchange
                .getResponseHeaders()
                .set(
                    "Content-Range",
                    "bytes %d-%d/%d".formatted(from, archive.length - 1, archive.length));
          }
          exchange.sendResponseHeaders(range == null ? 200 : 206, archive.length - from);
          exchange.getResponseBody().write(archive, from, archive.length - from);
        }
        case WITHOUT_RANGES -> {
          exchange.sendResponseHeaders(200, archive.length);
          exchange.getResponseBody().write(archive);
        }
        case HALF -> sendHalf(exchange);
        case STALLED -> {
          sendHalf(exchange);
          half.countDown();
          var _ = end.await(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        case OTHER -> {
          var other = archive.clone();
          other[other.length / 2]++;
          exchange.sendResponseHeaders(200, other.length);
          exchange.getResponseBody().write(other);
        }
        case MISSING -> exchange.sendResponseHeaders(404, -1);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void sendHalf(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, archive.length);
    exchange.getResponseBody().write(archive, 0, archive.length / 2);
    exchange.getResponseBody().flush();
  }

  /** The name of the file that was requested last. */
  String lastFile() {
    var path = Objects.requireNonNull(requests.getLast()).split(" ", -1)[0];
    return path.substring(path.lastIndexOf('/') + 1);
  }

  @Override
  public void close() {
    end.countDown();
    http.stop(0);
    threads.close();
  }
}
