package io.lhttp.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Connections whose requests never end: they send a byte of a header now and then. Each one
 * reconnects when the server has closed it.
 */
final class Drippers implements AutoCloseable {
  private static final byte[] BEGIN = "GET / HTTP/1.1\r\nHost: bench\r\nX: ".getBytes(US_ASCII);
  private static final int PAUSE_MILLIS = 500;

  /** The pause after a refused connection. */
  private static final long REFUSED_NANOS = 1_000_000;

  private final InetSocketAddress address;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong ended = new AtomicLong();
  private final AtomicLong longest = new AtomicLong();

  Drippers(InetSocketAddress address, int count) {
    this.address = address;
    for (var i = 0; i < count; i++) {
      threads.add(Thread.ofVirtual().start(this::run));
    }
  }

  /** The number of connections that the server has closed. */
  long ended() {
    return ended.get();
  }

  /** The longest life of a connection, in seconds. */
  double longest() {
    return longest.get() / 1e9;
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
    try {
      for (var thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try (var socket = new Socket(address.getAddress(), address.getPort())) {
        var begin = System.nanoTime();
        socket.setSoTimeout(PAUSE_MILLIS);
        socket.getOutputStream().write(BEGIN);
        drip(socket);
        longest.accumulateAndGet(System.nanoTime() - begin, Math::max);
        ended.incrementAndGet();
      } catch (IOException e) {
        LockSupport.parkNanos(REFUSED_NANOS); // interrupted, or the connection was refused
      }
    }
  }

  /** Returns when the server has closed the connection. */
  private static void drip(Socket socket) throws IOException {
    while (true) {
      try {
        if (socket.getInputStream().read() < 0) {
          return;
        }
      } catch (SocketTimeoutException e) {
        send(socket);
      } catch (IOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        return; // the server has reset the connection
      }
    }
  }

  private static void send(Socket socket) throws IOException {
    try {
      socket.getOutputStream().write('a');
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
    }
  }
}
