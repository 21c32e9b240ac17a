package io.lhttp.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.CloseStatus;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Base64;

/**
 * A WebSocket client over a plain socket that reads only when asked, for tests of slow, silent or
 * rude clients. Used by one thread.
 *
 * <p>It answers no ping and no close by itself. A test fails if a frame does not arrive within
 * {@link TestClient#PATIENCE}.
 */
public final class RawClient implements AutoCloseable {
  public static final int TEXT = 0x1;
  public static final int BINARY = 0x2;
  public static final int CLOSE = 0x8;
  public static final int PING = 0x9;
  public static final int PONG = 0xA;

  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;

  /** Small, so that the server soon notices a client that does not read. */
  private static final int RECEIVE_BUFFER = 4 * 1024;

  private final Socket socket;
  private final DataInputStream in;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1024));
  }

  /** A frame of the server, which is whole and not masked. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Frame(int opcode, byte[] payload) {}

  /**
   * @throws UncheckedIOException if the server refuses the handshake, with its response in the
   *     message
   */
  public static RawClient connect(URI uri) {
    var socket = new Socket();
    try {
      socket.setReceiveBufferSize(RECEIVE_BUFFER);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) TestClient.PATIENCE.toMillis());
      socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
      var client = new RawClient(socket);
      client.shakeHands(uri);
      return client;
    } catch (IOException e) {
      closeQuietly(socket);
      throw new UncheckedIOException(e);
    }
  }

  public void send(Message message) {
    send(message.format() == Message.Format.TEXT ? TEXT : BINARY, message.toBytes());
  }

  /** Sends one whole frame. */
  public void send(int opcode, byte[] payload) {
    var frame = ByteBuffer.allocate(14 + payload.length);
    frame.put((byte) (FINAL | opcode));
    if (payload.length < 126) {
      frame.put((byte) (MASKED | payload.length));
    } else if (payload.length < 65_536) {
      frame.put((byte) (MASKED | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (MASKED | 127)).putLong(payload.length);
    }
    frame.putInt(0).put(payload); // masking with zeros changes nothing
    try {
      socket.getOutputStream().write(frame.array(), 0, frame.position());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the next frame. */
  public Frame read() {
    try {
      var opcode = in.readUnsignedByte() & 0xf;
      var length = in.readUnsignedByte() & 0x7f;
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = Math.toIntExact(in.readLong());
      }
      return new Frame(opcode, in.readNBytes(length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the next message, and skips pings and pongs. */
  public Message receive() {
    while (true) {
      var frame = read();
      switch (frame.opcode) {
        case TEXT -> {
          return MessageReader.DEFAULT.read(frame.payload, Message.Format.TEXT);
        }
        case BINARY -> {
          return MessageReader.DEFAULT.read(frame.payload, Message.Format.BINARY);
        }
        case CLOSE -> throw new AssertionError("the server closed the connection: " + code(frame));
        default -> {}
      }
    }
  }

  /** Returns the status of the server's close, and skips all frames before. */
  public CloseStatus closed() {
    while (true) {
      var frame = read();
      if (frame.opcode == CLOSE) {
        return code(frame);
      }
    }
  }

  /** Waits until the server has ended the connection, and skips all frames before. */
  public void awaitEnd() {
    try {
      while (in.read() >= 0) {
        // the frame does not matter
      }
    } catch (EOFException e) {
      // the server has ended the connection, as expected
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("the server did not end the connection", e);
    } catch (IOException e) {
      // a reset also ends the connection
    }
  }

  /** Cuts the connection without a close frame. */
  @Override
  public void close() {
    closeQuietly(socket);
  }

  private void shakeHands(URI uri) throws IOException {
    var key = Base64.getEncoder().encodeToString(new byte[16]);
    var request =
        """
        GET %s HTTP/1.1
        Host: %s
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Key: %s
        Sec-WebSocket-Version: 13

        """
            .formatted(uri.getPath().isEmpty() ? "/" : uri.getPath(), uri.getAuthority(), key)
            .replace("\n", "\r\n");
    socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    var answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      answer.append((char) in.readUnsignedByte());
    }
    if (!answer.toString().startsWith("HTTP/1.1 101 ")) {
      throw new IOException("no handshake: " + answer);
    }
  }

  private static CloseStatus code(Frame close) {
    var payload = ByteBuffer.wrap(close.payload);
    if (payload.remaining() < 2) {
      throw new AssertionError("the server closed the connection without a code");
    }
    return new CloseStatus(payload.getShort() & 0xffff, UTF_8.decode(payload).toString());
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // the connection is closed anyway
    }
  }
}
