package io.lhttp.app.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to a listener. {@link HttpListener} owns it and gives it a thread, which answers one
 * request after the other.
 */
final class HttpConnection implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);

  /** The longest time until a request has arrived, from the accept or the answer before. */
  private static final long RECEIVE = Duration.ofSeconds(10).toNanos();

  /** The longest time in which the client reads an answer. */
  private static final long SEND = Duration.ofSeconds(30).toNanos();

  /** The most bytes of a request that are discarded after its answer. */
  private static final int REST = 64 * 1024;

  private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(US_ASCII);

  private enum State {
    RECEIVING,
    HANDLING,
    SENDING
  }

  private final Socket socket;
  private final HttpHandler handler;
  private final Consumer<HttpConnection> ended;
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile State state = State.RECEIVING;
  private final LongSupplier nanos;
  private volatile long since;

  /**
   * @param nanos counts as {@link System#nanoTime} does
   * @param ended takes this connection when it has ended
   */
  HttpConnection(
      Socket socket, HttpHandler handler, LongSupplier nanos, Consumer<HttpConnection> ended) {
    this.socket = socket;
    this.handler = handler;
    this.ended = ended;
    this.nanos = nanos;
    this.since = nanos.getAsLong();
  }

  InetAddress address() {
    return socket.getInetAddress();
  }

  /** Whether the connection waits for its client, so that it may be closed for another one. */
  boolean idle() {
    return state != State.HANDLING;
  }

  /** The time in nanoseconds since the connection began to wait. */
  long waited() {
    return nanos.getAsLong() - since;
  }

  /** Whether the client takes too long to send its request, or to read its answer. */
  boolean overdue() {
    return switch (state) {
      case RECEIVING -> waited() > RECEIVE;
      case SENDING -> waited() > SEND;
      case HANDLING -> false;
    };
  }

  /** Closes the socket, which ends the thread's read or write. Any thread may call it. */
  void close() {
    closed.countDown();
    try {
      socket.close();
    } catch (IOException e) {
      log.debug("a socket failed to close", e);
    }
  }

  @Override
  public void run() {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream());
      var out = socket.getOutputStream();
      while (answerNext(in, out)) {
        enter(State.RECEIVING);
      }
    } catch (IOException e) {
      log.debug("an HTTP connection ended", e);
    } finally {
      ended.accept(this);
    }
  }

  /** Answers the next request. Returns false if no other can follow. */
  private boolean answerNext(InputStream in, OutputStream out) throws IOException {
    var first = in.read();
    if (first < 0) {
      return false;
    }
    try {
      var request = HttpRequest.read(first, in, address());
      enter(State.HANDLING);
      return switch (handler.begin(request)) {
        case HttpHandler.Answered answered -> answer(request, answered.answer(), in, out);
        case HttpHandler.Delayed delayed -> {
          pause(delayed.pause());
          send(out, delayed.answer().bytes(request.method().equals("HEAD"), true));
          discard(in);
          yield false;
        }
        case HttpHandler.Received received -> receive(request, received, in, out);
      };
    } catch (HttpRequest.Malformed e) {
      send(out, handler.malformed(e.status(), e.reason()).bytes(false, true));
      discard(in);
      return false;
    }
  }

  /** Answers a request whose body does not count. */
  private boolean answer(HttpRequest request, HttpAnswer answer, InputStream in, OutputStream out)
      throws IOException {
    var last = request.last() || !request.skippable();
    send(out, answer.bytes(request.method().equals("HEAD"), last));
    if (last) {
      discard(in);
    } else {
      enter(State.RECEIVING);
      in.skipNBytes(request.length());
    }
    return !last;
  }

  /** Reads the body of a request and answers it. */
  private boolean receive(
      HttpRequest request, HttpHandler.Received received, InputStream in, OutputStream out)
      throws IOException, HttpRequest.Malformed {
    try {
      enter(State.RECEIVING);
      if (request.length() <= received.mostBytes() && request.waitsForContinue()) {
        out.write(CONTINUE);
        out.flush();
      }
      var body = HttpBody.read(request, in, received.mostBytes());
      enter(State.HANDLING);
      var answer = received.answer().apply(body);
      send(out, answer.bytes(request.method().equals("HEAD"), request.last()));
    } finally {
      received.end().run();
    }
    if (request.last()) {
      discard(in);
    }
    return !request.last();
  }

  /** Waits for a time, or until the connection is closed to make room for another one. */
  private void pause(Duration time) {
    enter(State.SENDING);
    try {
      var _ = closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(OutputStream out, byte[] answer) throws IOException {
    enter(State.SENDING);
    out.write(answer);
    out.flush();
  }

  /** Reads the rest of a request, because unread bytes make the kernel cut the answer off. */
  private void discard(InputStream in) throws IOException {
    enter(State.RECEIVING);
    socket.shutdownOutput();
    var _ = in.readNBytes(REST);
  }

  private void enter(State next) {
    since = nanos.getAsLong();
    state = next;
  }
}
