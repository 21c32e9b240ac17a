package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a steady stream of messages from one connection to another, so that the JVM's profiles are
 * those of a server under load. It talks over plain sockets: a client's classes would get into the
 * cache, and its calls into the profiles of the codec.
 */
final class TrainingLoad {
  private static final String HANDSHAKE =
      """
      GET / HTTP/1.1
      Host: localhost
      Upgrade: websocket
      Connection: Upgrade
      Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
      Sec-WebSocket-Version: 13

      """
          .replace("\n", "\r\n");

  private static final String SUBSCRIBE =
      "LHTTP/1.0 join\r\nsubscribe:training\r\nack:true\r\n\r\n";
  private static final String PUBLISH =
      "LHTTP/1.0 chat\r\npublish:training\r\n\r\n" + "a message of a usual length ".repeat(3);

  private static final int TEXT = 0x81;
  private static final int MASKED = 0x80;
  private static final int MASK_BYTES = 4;

  /** The longest payload whose length is in a frame's second byte. */
  private static final int SHORT = 125;

  private static final int LENGTH_IN_TWO_BYTES = 126;

  /** So few that no queue of a slow machine overflows. */
  private static final int UNDER_WAY = 200;

  /** The time after which no delivery is expected any more, so that the training always ends. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private TrainingLoad() {}

  /**
   * Sends the messages, and returns once all of them have come back or none comes any more. A
   * machine that is too slow for the rate gets a lower one.
   *
   * @param server the address of its WebSocket
   * @throws IOException if the server closes a connection or does not answer
   */
  static void run(String server, int messages, int perSecond)
      throws IOException, InterruptedException {
    try (var subscriber = connect(server);
        var publisher = connect(server)) {
      var deliveries = new DataInputStream(new BufferedInputStream(subscriber.getInputStream()));
      send(subscriber, frame(SUBSCRIBE));
      receive(deliveries);
      var free = new Semaphore(UNDER_WAY);
      var sender =
          Thread.ofPlatform().daemon().start(() -> publish(publisher, messages, perSecond, free));
      for (var i = 0; i < messages; i++) {
        receive(deliveries);
        free.release();
      }
      sender.join();
    }
  }

  private static Socket connect(String server) throws IOException {
    var address = URI.create(server);
    var socket = new Socket(address.getHost(), address.getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) PATIENCE.toMillis());
    send(socket, HANDSHAKE.getBytes(UTF_8));
    skipHeaders(socket.getInputStream());
    return socket;
  }

  private static void skipHeaders(InputStream in) throws IOException {
    var end = 0;
    while (end < 4) {
      var next = in.read();
      if (next < 0) {
        throw new EOFException("the server refused the handshake");
      }
      end = next == (end % 2 == 0 ? '\r' : '\n') ? end + 1 : 0;
    }
  }

  private static void publish(Socket socket, int messages, int perSecond, Semaphore free) {
    var frame = frame(PUBLISH);
    var period = Duration.ofSeconds(1).toNanos() / perSecond;
    var next = System.nanoTime();
    try {
      for (var i = 0; i < messages && free.tryAcquire(PATIENCE.toMillis(), MILLISECONDS); i++) {
        send(socket, frame);
        next += period;
        LockSupport.parkNanos(next - System.nanoTime());
      }
    } catch (IOException | InterruptedException _) {
      // the receiver misses the rest, and ends the training
    }
  }

  /** Returns a text frame whose mask is zero. */
  private static byte[] frame(String text) {
    var payload = text.getBytes(UTF_8);
    var header = payload.length <= SHORT ? 2 : 4;
    var frame = new byte[header + MASK_BYTES + payload.length];
    frame[0] = (byte) TEXT;
    if (header == 2) {
      frame[1] = (byte) (MASKED | payload.length);
    } else {
      frame[1] = (byte) (MASKED | LENGTH_IN_TWO_BYTES);
      frame[2] = (byte) (payload.length >> 8);
      frame[3] = (byte) payload.length;
    }
    System.arraycopy(payload, 0, frame, header + MASK_BYTES, payload.length);
    return frame;
  }

  private static void send(Socket socket, byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /** Reads one frame. */
  private static void receive(DataInputStream in) throws IOException {
    in.skipNBytes(1);
    var length = in.readUnsignedByte();
    in.skipNBytes(length == LENGTH_IN_TWO_BYTES ? in.readUnsignedShort() : length);
  }
}
