package io.lhttp.bench.cluster;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/** A client's connection over a plain socket: one thread receives, any thread may send. */
final class Peer implements AutoCloseable {
  private static final int TEXT = 0x1;
  private static final int CLOSE = 0x8;
  private static final int PING = 0x9;
  private static final int PONG = 0xA;
  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;
  private static final int CONNECT_MILLIS = 5_000;

  /** The time limit for the next bytes; the server pings twice within it. */
  private static final int SILENCE_MILLIS = 90_000;

  private static final byte[] HANDSHAKE =
      """
      GET / HTTP/1.1
      Host: 127.0.0.1
      Upgrade: websocket
      Connection: Upgrade
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
      Sec-WebSocket-Version: 13

      """
          .replace("\n", "\r\n")
          .getBytes(ISO_8859_1);

  private final Socket socket;
  private final DataInputStream in;

  private Peer(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 8 * 1024));
  }

  /** The server closed the connection with a reason. */
  static final class ClosedException extends IOException {
    private static final long serialVersionUID = 1;

    private final String reason;

    ClosedException(int code, String reason) {
      super("closed with " + code + " " + reason);
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  /**
   * @throws IOException if no server listens, or it refuses the handshake
   */
  static Peer connect(int port) throws IOException {
    var socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(SILENCE_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      var peer = new Peer(socket);
      peer.shakeHands();
      return peer;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  void send(Message message) throws IOException {
    send(TEXT, message.toBytes());
  }

  /** Returns the next message; answers pings before it. */
  Message receive() throws IOException {
    while (true) {
      var opcode = in.readUnsignedByte() & 0xf;
      var length = in.readUnsignedByte() & 0x7f;
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = Math.toIntExact(in.readLong());
      }
      var payload = in.readNBytes(length);
      switch (opcode) {
        case TEXT -> {
          return MessageReader.DEFAULT.read(payload, Message.Format.TEXT);
        }
        case PING -> send(PONG, payload);
        case CLOSE -> throw closed(ByteBuffer.wrap(payload));
        default -> {}
      }
    }
  }

  /** Closes the connection without a close frame. */
  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // the connection is closed anyway
    }
  }

  private static ClosedException closed(ByteBuffer payload) {
    return payload.remaining() < 2
        ? new ClosedException(1005, "")
        : new ClosedException(payload.getShort() & 0xffff, UTF_8.decode(payload).toString());
  }

  private void send(int opcode, byte[] payload) throws IOException {
    var frame = ByteBuffer.allocate(8 + payload.length);
    frame.put((byte) (FINAL | opcode));
    if (payload.length < 126) {
      frame.put((byte) (MASKED | payload.length));
    } else {
      frame.put((byte) (MASKED | 126)).putShort((short) payload.length);
    }
    frame.putInt(0).put(payload); // masking with zeros changes nothing
    synchronized (this) {
      socket.getOutputStream().write(frame.array(), 0, frame.position());
    }
  }

  private void shakeHands() throws IOException {
    socket.getOutputStream().write(HANDSHAKE);
    var answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      answer.append((char) in.readUnsignedByte());
    }
    if (!answer.toString().startsWith("HTTP/1.1 101 ")) {
      throw new IOException("no handshake: " + answer.substring(0, answer.indexOf("\r\n")));
    }
  }
}
