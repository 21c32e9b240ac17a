package io.lhttp.scripts.debug;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket (RFC 6455) of a debugger; it sends text messages without fragments. One thread
 * reads it; any thread may send.
 */
final class DebugSocket implements AutoCloseable {
  private static final int HEAD_BYTES = 8 << 10;
  private static final int MESSAGE_BYTES = 8 << 20;
  private static final int HANDSHAKE_MILLIS = 5_000;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int TEXT = 1;
  private static final int FIN = 0x80;

  private final Socket socket;
  private final DataInputStream in;

  /** The lock of this object guards writing. */
  private final DataOutputStream out;

  private DebugSocket(Socket socket, DataInputStream in) throws IOException {
    this.socket = socket;
    this.in = in;
    this.out = new DataOutputStream(socket.getOutputStream());
  }

  /**
   * Answers the handshake of a client whose path is the secret one. Refuses a web page by its
   * header Origin, and a page with another host name by the header Host.
   *
   * @return null if the client was refused
   */
  static @Nullable DebugSocket accept(Socket socket, String path, int port) throws IOException {
    socket.setSoTimeout(HANDSHAKE_MILLIS);
    socket.setTcpNoDelay(true);
    var in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    var lines = head(in).split("\r\n");
    var headers = headers(lines);
    var key = headers.get("sec-websocket-key");
    var known = same(lines[0], "GET " + path + " HTTP/1.1");
    var host = headers.getOrDefault("host", "");
    var here = List.of("127.0.0.1:" + port, "localhost:" + port).contains(host);
    var page = headers.getOrDefault("origin", "").startsWith("http");
    if (!known || !here || page || key == null) {
      socket
          .getOutputStream()
          .write("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n".getBytes(ISO_8859_1));
      return null;
    }
    socket
        .getOutputStream()
        .write(
            ("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                    + "sec-websocket-accept: %s\r\n\r\n")
                .formatted(answer(key))
                .getBytes(ISO_8859_1));
    socket.setSoTimeout(0);
    return new DebugSocket(socket, in);
  }

  private static boolean same(String a, String b) {
    return MessageDigest.isEqual(a.getBytes(UTF_8), b.getBytes(UTF_8));
  }

  private static String head(DataInputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.length() < HEAD_BYTES) {
      head.append((char) in.readUnsignedByte());
      if (head.length() >= 4 && head.indexOf("\r\n\r\n", head.length() - 4) >= 0) {
        return head.toString();
      }
    }
    throw new IOException("a handshake of more than " + HEAD_BYTES + " bytes");
  }

  private static Map<String, String> headers(String[] lines) throws IOException {
    var headers = new HashMap<String, String>();
    for (var i = 1; i < lines.length; i++) {
      var colon = lines[i].indexOf(':');
      if (colon < 1
          || headers.put(
                  lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                  lines[i].substring(colon + 1).strip())
              != null) {
        throw new IOException("a header that is malformed or stands twice");
      }
    }
    return headers;
  }

  private static String answer(String key) {
    try {
      var digest = MessageDigest.getInstance("SHA-1");
      var text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, section 1.3
      return Base64.getEncoder().encodeToString(digest.digest(text.getBytes(ISO_8859_1)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }

  /** Reads the next message. Returns null once the client has closed. */
  @Nullable String read() throws IOException {
    var message = new ByteArrayOutputStream();
    while (true) {
      var first = in.readUnsignedByte();
      var payload = payload(MESSAGE_BYTES - message.size());
      switch (first & 0xf) {
        case 0, TEXT -> {
          message.write(payload);
          if ((first & FIN) != 0) {
            return message.toString(UTF_8);
          }
        }
        case CLOSE -> {
          write(CLOSE, payload);
          return null;
        }
        case PING -> write(PING + 1, payload);
        default -> {} // a pong needs no answer
      }
    }
  }

  private byte[] payload(int most) throws IOException {
    var second = in.readUnsignedByte();
    long length = second & 0x7f;
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = in.readLong();
    }
    if ((second & 0x80) == 0 || length < 0 || length > most) {
      throw new IOException("a frame that is not masked, or too long: " + length);
    }
    var mask = in.readNBytes(4);
    var payload = in.readNBytes((int) length);
    for (var i = 0; i < payload.length; i++) {
      payload[i] ^= mask[i & 3];
    }
    return payload;
  }

  void send(String text) throws IOException {
    write(TEXT, text.getBytes(UTF_8));
  }

  private void write(int opcode, byte[] payload) throws IOException {
    synchronized (out) {
      out.writeByte(FIN | opcode);
      if (payload.length < 126) {
        out.writeByte(payload.length);
      } else if (payload.length <= 0xffff) {
        out.writeByte(126);
        out.writeShort(payload.length);
      } else {
        out.writeByte(127);
        out.writeLong(payload.length);
      }
      out.write(payload);
      out.flush();
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
