package io.lhttp.scripts.debug;

import io.lhttp.internal.log.ErrorLog;
import io.lhttp.scripts.ScriptHost;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.graalvm.polyglot.io.MessageEndpoint;
import org.graalvm.polyglot.io.MessageTransport;
import org.jspecify.annotations.Nullable;

/**
 * The port for Chrome's DevTools. It replaces the engine's own port, which reveals its path to
 * every client. It listens on the loopback address, and answers only clients that know the path.
 *
 * <p>It serves one client at a time. When that client leaves, breakpoints are removed and paused
 * code continues. All threads may use it.
 */
public final class Inspector implements MessageTransport, AutoCloseable {
  private static final int SECRET_BYTES = 16;

  /** The most open sockets; further ones are closed at once. */
  private static final int SOCKETS = 8;

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** The pause after a failed accept. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private static final ErrorLog errors = new ErrorLog(ScriptHost.log, "the debugger's port");

  private final ServerSocket listener;
  private final String path;
  private final Semaphore places = new Semaphore(SOCKETS);

  /**
   * The engine's end of the debugger's conversation, a new one for each client; null while the
   * engine creates it. Guarded by this object's lock.
   */
  private @Nullable MessageEndpoint engine;

  /** The connected client. Guarded by this object's lock. */
  private @Nullable DebugSocket client;

  /**
   * Opens the port.
   *
   * @param port 0 for a free port
   * @throws IllegalStateException if the port is not available; the text says why
   */
  public Inspector(int port) {
    var secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    path = "/" + HexFormat.of().formatHex(secret);
    try {
      listener = new ServerSocket();
      listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
    } catch (IOException e) {
      throw new IllegalStateException(
          "the debugger's port %d can't be had (%s): choose another with --inspect=PORT"
              .formatted(port, e.getMessage()),
          e);
    }
    Thread.ofVirtual().name("lhttp-inspector").start(this::accept);
  }

  /** The host, port and path, in the form that DevTools expect. */
  public String address() {
    return "127.0.0.1:" + listener.getLocalPort() + path;
  }

  public String path() {
    return path;
  }

  @Override
  public synchronized MessageEndpoint open(URI uri, MessageEndpoint engine) {
    this.engine = engine;
    notifyAll();
    return new ToClient();
  }

  @Override
  public void close() {
    try {
      listener.close();
      leave(current());
    } catch (IOException e) {
      ScriptHost.log.debug("the debugger's port was not closed", e);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var socket = listener.accept();
        if (places.tryAcquire()) {
          Thread.ofVirtual().name("lhttp-inspector-client").start(() -> serve(socket));
        } else {
          socket.close();
        }
      } catch (IOException e) {
        ScriptHost.log.debug("the debugger's port accepts no connections", e);
        // without file descriptors, accepting would fail again at once
        LockSupport.parkNanos(PAUSE.toNanos());
      } catch (RuntimeException | Error e) {
        errors.add(e);
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      var accepted = DebugSocket.accept(socket, path, listener.getLocalPort());
      if (accepted != null && enter(accepted)) {
        converse(accepted);
      }
    } catch (IOException e) {
      ScriptHost.log.debug("a debugger was cut off", e);
    } finally {
      places.release();
    }
  }

  private void converse(DebugSocket socket) throws IOException {
    try {
      for (var text = socket.read(); text != null; text = socket.read()) {
        engine().sendText(text);
      }
    } finally {
      leave(socket);
    }
  }

  /**
   * Admits a client. If another one is leaving, waits for that; if another one stays connected,
   * returns false.
   */
  private synchronized boolean enter(DebugSocket socket) {
    var deadline = System.nanoTime() + PATIENCE.toNanos();
    while (client != null || engine == null) {
      var left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    client = socket;
    return true;
  }

  /**
   * Ends the conversation with a client. The engine then opens a new conversation, and only after
   * that the next client may enter.
   */
  private void leave(@Nullable DebugSocket socket) throws IOException {
    MessageEndpoint over;
    synchronized (this) {
      if (socket == null || client != socket) {
        return;
      }
      over = engine;
      engine = null;
    }
    try (socket) {
      if (over != null) {
        over.sendClose();
      }
    } finally {
      free();
    }
  }

  private synchronized void free() {
    client = null;
    notifyAll();
  }

  private synchronized MessageEndpoint engine() throws IOException {
    if (engine == null) {
      throw new IOException("the engine has not opened its side");
    }
    return engine;
  }

  private synchronized @Nullable DebugSocket current() {
    return client;
  }

  /** Passes the engine's messages to the client. Without a client they are dropped. */
  private final class ToClient implements MessageEndpoint {
    @Override
    public void sendText(String text) throws IOException {
      var socket = current();
      if (socket != null) {
        socket.send(text);
      }
    }

    @Override
    public void sendBinary(ByteBuffer data) {}

    @Override
    public void sendPing(ByteBuffer data) {}

    @Override
    public void sendPong(ByteBuffer data) {}

    @Override
    public void sendClose() throws IOException {
      var socket = current();
      if (socket != null) {
        socket.close();
      }
    }
  }
}
