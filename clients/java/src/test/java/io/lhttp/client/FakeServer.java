package io.lhttp.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A WebSocket server that a test controls step by step, on the test's thread. */
final class FakeServer implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int FIN = 0x80;

  private final ServerSocket listener;
  private final List<Peer> peers = new ArrayList<>();

  FakeServer() {
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      listener.setSoTimeout(PATIENCE_MILLIS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI uri() {
    return URI.create("ws://127.0.0.1:" + listener.getLocalPort() + "/chat");
  }

  /** Accepts the next connection, and reads its handshake without answering it. */
  Peer accept() {
    try {
      var peer = new Peer(listener.accept());
      peers.add(peer);
      return peer;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Accepts the next connection, and answers its handshake. */
  Peer open() {
    return accept().upgrade();
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (var peer : peers) {
        peer.drop();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The server's end of one connection. */
  static final class Peer {
    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final String requestLine;
    private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    private Peer(Socket socket) throws IOException {
      this.socket = socket;
      socket.setSoTimeout(PATIENCE_MILLIS);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
      requestLine = line();
      for (var line = line(); !line.isEmpty(); line = line()) {
        var colon = line.indexOf(':');
        headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }

    String requestLine() {
      return requestLine;
    }

    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    Peer upgrade() {
      respond(
          "HTTP/1.1 101 Switching Protocols",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Accept: " + accept(header("Sec-WebSocket-Key")));
      return this;
    }

    /** Answers the handshake with a status line and headers, and no body. */
    void respond(String... lines) {
      doing(() -> {
        out.write((String.join("\r\n", lines) + "\r\n\r\n").getBytes(ISO_8859_1));
        out.flush();
      });
    }

    /**
     * Refuses the handshake with a reason that is the server's. If the connection were cut instead,
     * the JDK would repeat the handshake.
     */
    void fail() {
      respond("HTTP/1.1 500 Internal Server Error", "Content-Length: 0");
    }

    /** Reads the next message; answers pings on the way. */
    Message read() {
      while (true) {
        var frame = frame();
        switch (frame.opcode) {
          case TEXT -> {
            return MessageReader.DEFAULT.read(frame.payload, Message.Format.TEXT);
          }
          case BINARY -> {
            return MessageReader.DEFAULT.read(frame.payload, Message.Format.BINARY);
          }
          case PING -> write(PONG | FIN, frame.payload);
          default -> throw new AssertionError("a message was expected, this came: " + frame.opcode);
        }
      }
    }

    /** Reads until the client's close frame. Returns its code. */
    int readClose() {
      while (true) {
        var frame = frame();
        if (frame.opcode == CLOSE) {
          return ByteBuffer.wrap(frame.payload).getShort() & 0xffff;
        }
      }
    }

    /** Reads until the end. Returns whether the client has cut the connection. */
    boolean cut() {
      try {
        return in.skip(Long.MAX_VALUE) >= 0 && in.read() < 0;
      } catch (IOException e) {
        return true; // the client has reset the connection
      }
    }

    void send(Message message) {
      var opcode = message.format() == Message.Format.TEXT ? TEXT : BINARY;
      write(opcode | FIN, message.toBytes());
    }

    /** Sends a text frame. */
    void send(String text) {
      write(TEXT | FIN, text.getBytes(UTF_8));
    }

    /** Sends a text message in three fragments, which may divide a character. */
    void sendInFragments(String text) {
      var bytes = text.getBytes(UTF_8);
      var third = bytes.length / 3;
      write(TEXT, Arrays.copyOfRange(bytes, 0, third));
      write(CONTINUATION, Arrays.copyOfRange(bytes, third, 2 * third));
      write(CONTINUATION | FIN, Arrays.copyOfRange(bytes, 2 * third, bytes.length));
    }

    /** Acknowledges a message. */
    void ack(Message message) {
      send(reply(message).header("status", "200").build());
    }

    void refuse(Message message, int status, String error) {
      send(
          reply(message).header("status", Integer.toString(status)).header("error", error).build());
    }

    /** Creates a reply with the message's {@code id}. */
    static Message.Builder reply(Message message) {
      return Message.builder(message.command()).header("id", message.header("id").orElseThrow());
    }

    void close(int code, String reason) {
      var text = reason.getBytes(UTF_8);
      write(
          CLOSE | FIN,
          ByteBuffer.allocate(2 + text.length).putShort((short) code).put(text).array());
    }

    /** Cuts the connection. */
    void drop() {
      doing(socket::close);
    }

    @SuppressWarnings("ArrayRecordComponent") // frames are never compared
    private record Frame(int opcode, byte[] payload) {}

    /**
     * Reads a frame (RFC 6455, section 5.2). Clients mask frames, and this client sends no
     * fragments.
     */
    private Frame frame() {
      try {
        var opcode = in.readUnsignedByte() & 0x0f;
        long length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
          length = in.readUnsignedShort();
        } else if (length == 127) {
          length = in.readLong();
        }
        var mask = in.readNBytes(4);
        var payload = in.readNBytes((int) length);
        for (var i = 0; i < payload.length; i++) {
          payload[i] ^= mask[i & 3];
        }
        return new Frame(opcode, payload);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void write(int head, byte[] payload) {
      doing(() -> {
        out.writeByte(head);
        if (payload.length < 126) {
          out.writeByte(payload.length);
        } else if (payload.length < 1 << 16) {
          out.writeByte(126);
          out.writeShort(payload.length);
        } else {
          out.writeByte(127);
          out.writeLong(payload.length);
        }
        out.write(payload);
        out.flush();
      });
    }

    private String line() throws IOException {
      var line = new StringBuilder();
      for (var c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
        if (c != '\r') {
          line.append((char) c);
        }
      }
      return line.toString();
    }

    private static String accept(String key) {
      try {
        var sha = MessageDigest.getInstance("SHA-1");
        var text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
        return Base64.getEncoder().encodeToString(sha.digest(text.getBytes(ISO_8859_1)));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    private interface Doing {
      void run() throws IOException;
    }

    private static void doing(Doing action) {
      try {
        action.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
