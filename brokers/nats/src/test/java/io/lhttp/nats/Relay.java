package io.lhttp.nats;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A relay between servers and NATS. A test lets it cut, restore or stall the connections. */
public final class Relay implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Object stall = new Object();
  private volatile boolean cut;

  /** Guarded by {@link #stall}. */
  private boolean stalled;

  public Relay(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  public URI uri() {
    return URI.create("nats://127.0.0.1:" + listener.getLocalPort());
  }

  /** Resets all connections, and all new attempts. */
  public void cut() {
    cut = true;
    sockets.forEach(Relay::reset);
    sockets.clear();
  }

  /** Keeps all connections open, but passes no bytes on. */
  public void stall() {
    synchronized (stall) {
      stalled = true;
    }
  }

  public void mend() {
    cut = false;
    synchronized (stall) {
      stalled = false;
      stall.notifyAll();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    mend();
    cut();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var client = listener.accept();
        if (cut) {
          reset(client);
          continue;
        }
        var server = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(client);
        sockets.add(server);
        Thread.ofVirtual().start(() -> pump(client, server));
        Thread.ofVirtual().start(() -> pump(server, client));
      } catch (IOException e) {
        // The relay is closed, or NATS does not listen; the client will try again.
      }
    }
  }

  private void pump(Socket from, Socket to) {
    var chunk = new byte[CHUNK];
    try {
      for (var n = from.getInputStream().read(chunk);
          n >= 0;
          n = from.getInputStream().read(chunk)) {
        synchronized (stall) {
          while (stalled) {
            stall.wait();
          }
        }
        to.getOutputStream().write(chunk, 0, n);
      }
    } catch (IOException e) {
      // A connection was cut.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reset(from);
    reset(to);
    sockets.remove(from);
    sockets.remove(to);
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // The socket is closed already.
    }
  }
}
