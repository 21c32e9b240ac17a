package io.lhttp.app.admin;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to the admin listener. {@link AdminListener} owns it and gives it a thread, which
 * answers one request after the other.
 */
final class AdminConnection implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(AdminConnection.class);

  /** The longest time until a request has arrived, from the accept or the answer before. */
  private static final long RECEIVE = Duration.ofSeconds(10).toNanos();

  /** The longest time in which the client reads an answer. */
  private static final long SEND = Duration.ofSeconds(30).toNanos();

  /** The most bytes of a request that are discarded after its answer. */
  private static final int REST = 64 * 1024;

  private enum State {
    RECEIVING,
    HANDLING,
    SENDING
  }

  private final Socket socket;
  private final Function<AdminRequest, AdminAnswer> handler;
  private final Consumer<AdminConnection> ended;
  private volatile State state = State.RECEIVING;
  private final LongSupplier nanos;
  private volatile long since;

  /**
   * @param nanos counts as {@link System#nanoTime} does
   * @param ended takes this connection when it has ended
   */
  AdminConnection(
      Socket socket,
      Function<AdminRequest, AdminAnswer> handler,
      LongSupplier nanos,
      Consumer<AdminConnection> ended) {
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
      log.debug("an admin connection ended", e);
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
    AdminRequest request;
    try {
      request = AdminRequest.read(first, in);
    } catch (AdminRequest.Malformed e) {
      send(out, e.answer().bytes(false, true));
      discard(in);
      return false;
    }
    enter(State.HANDLING);
    var answer = handler.apply(request);
    send(out, answer.bytes(request.method().equals("HEAD"), request.last()));
    if (request.last()) {
      discard(in);
    }
    return !request.last();
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
