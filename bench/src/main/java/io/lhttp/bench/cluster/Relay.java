package io.lhttp.bench.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A network between one client and one server that can fail: it stalls, drops data without an
 * error, or resets. A connection with dropped data never works again. All threads may use it.
 */
final class Relay implements AutoCloseable {
  private static final int BUFFER = 64 * 1024;

  private final ServerSocket listener;
  private final InetSocketAddress target;
  private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Guarded by the field {@code lock}. */
  private boolean stalled;

  private volatile boolean swallowing;

  private Relay(ServerSocket listener, InetSocketAddress target) {
    this.listener = listener;
    this.target = target;
  }

  /** Listens on a free port of the loopback address. */
  static Relay to(int port) throws IOException {
    var loopback = InetAddress.getLoopbackAddress();
    var relay = new Relay(new ServerSocket(0, 50, loopback), new InetSocketAddress(loopback, port));
    Thread.ofVirtual().start(relay::accept);
    return relay;
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Stops all data without losing any, until {@link #heal}. */
  void stall() {
    set(true);
  }

  /** Drops all data and keeps connections open, until {@link #heal} resets them. */
  void swallow() {
    swallowing = true;
    pairs.forEach(pair -> pair.doomed = true);
  }

  /** Resets all connections; data under way is lost. */
  void reset() {
    pairs.forEach(Pair::reset);
  }

  void heal() {
    swallowing = false;
    pairs.stream().filter(pair -> pair.doomed).forEach(Pair::reset);
    set(false);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    heal();
    reset();
  }

  private void set(boolean stall) {
    lock.lock();
    try {
      stalled = stall;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitNoStall() {
    lock.lock();
    try {
      while (stalled) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    try {
      while (true) {
        var near = listener.accept();
        Thread.ofVirtual().start(() -> connect(near));
      }
    } catch (IOException e) {
      // the relay was closed
    }
  }

  private void connect(Socket near) {
    var far = new Socket();
    try {
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      far.connect(target);
    } catch (IOException e) {
      closeQuietly(near);
      closeQuietly(far);
      return;
    }
    var pair = new Pair(near, far);
    pairs.add(pair);
    pair.doomed = swallowing;
    Thread.ofVirtual().start(() -> pump(pair, near, far));
    Thread.ofVirtual().start(() -> pump(pair, far, near));
  }

  private void pump(Pair pair, Socket from, Socket to) {
    var buffer = new byte[BUFFER];
    try {
      var in = from.getInputStream();
      var out = to.getOutputStream();
      for (var n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        awaitNoStall();
        if (!pair.doomed) {
          out.write(buffer, 0, n);
        }
      }
    } catch (IOException e) {
      // the connection has ended
    }
    closeQuietly(from);
    if (!pair.doomed) { // a side whose data was dropped must not learn of the end
      closeQuietly(to);
      pairs.remove(pair);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // the socket is closed anyway
    }
  }

  /** Two connections that act as one. */
  private final class Pair {
    private final Socket near;
    private final Socket far;
    volatile boolean doomed;

    Pair(Socket near, Socket far) {
      this.near = near;
      this.far = far;
    }

    void reset() {
      pairs.remove(this);
      linger(
          near); // sets the option on both before one is closed, because the pumps then close the
      // other one
      linger(far);
      closeQuietly(near);
      closeQuietly(far);
    }

    private static void linger(Socket socket) {
      try {
        socket.setSoLinger(true, 0);
      } catch (IOException e) {
        // closed already
      }
    }
  }
}
