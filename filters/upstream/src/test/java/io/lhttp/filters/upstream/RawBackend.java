package io.lhttp.filters.upstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * An HTTP server that does not trust its clients: it cuts requests out of the raw bytes by {@code
 * Content-Length} alone, and records the bytes of each. A connection with bytes that are no such
 * request is recorded and cut.
 */
final class RawBackend implements AutoCloseable {
  static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  /** The requests in the order of their arrival. */
  final LinkedBlockingQueue<Recorded> requests = new LinkedBlockingQueue<>();

  final List<String> malformed = new ArrayList<>();
  final AtomicInteger connections = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ServerSocket server;
  private final Function<Recorded, String> answer;

  record Recorded(String head, String body) {
    String line() {
      return head.substring(0, head.indexOf("\r\n"));
    }

    /** Returns the values of the headers of this name. */
    List<String> headers(String name) {
      return head.lines()
          .skip(1)
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .toList();
    }
  }

  /**
   * @param answer returns all bytes of the response to a request; an empty text cuts the connection
   */
  RawBackend(Function<Recorded, String> answer) {
    this.answer = answer;
    try {
      server = new ServerSocket(0, 100, InetAddress.ofLiteral("127.0.0.1"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  static RawBackend ok() {
    return new RawBackend(request -> OK);
  }

  static String status(int status, String... headers) {
    var lines = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
    return "HTTP/1.1 " + status + " x\r\n" + lines + "Content-Length: 0\r\n\r\n";
  }

  int port() {
    return server.getLocalPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  /** Closes all open connections, as a server does with idle ones. */
  void closeConnections() throws IOException {
    for (var socket : open) {
      socket.close();
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      // The backend is not used any more.
    }
  }

  private void accept() {
    try {
      while (true) {
        var socket = server.accept();
        connections.incrementAndGet();
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // The backend was closed.
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream());
      while (true) {
        var request = read(in);
        requests.add(request);
        var bytes = answer.apply(request);
        if (bytes.isEmpty()) {
          return;
        }
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      }
    } catch (EOFException e) {
      // The client has closed the connection between two requests.
    } catch (IOException e) {
      synchronized (malformed) {
        malformed.add(String.valueOf(e.getMessage()));
      }
    } finally {
      open.remove(socket);
    }
  }

  private static Recorded read(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      var b = in.read();
      if (b < 0) {
        if (head.isEmpty()) {
          throw new EOFException();
        }
        throw new IOException("cut in a head: " + head);
      }
      head.append((char) b);
    }
    var recorded = new Recorded(head.toString(), "");
    if (!recorded.line().matches("[A-Z]+ /[!-~]* HTTP/1\\.1")) {
      throw new IOException("no request line: " + head);
    }
    var lengths = recorded.headers("content-length");
    if (lengths.size() > 1 || !recorded.headers("transfer-encoding").isEmpty()) {
      throw new IOException("two lengths: " + head);
    }
    var body = in.readNBytes(lengths.isEmpty() ? 0 : Integer.parseInt(lengths.getFirst()));
    return new Recorded(recorded.head, new String(body, ISO_8859_1));
  }
}
