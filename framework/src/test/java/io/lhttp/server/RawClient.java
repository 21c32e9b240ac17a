package io.lhttp.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A client that sends exactly the bytes it is told to, right or wrong. Blocks; one thread only. */
final class RawClient implements AutoCloseable {
  static final int CONTINUATION = 0x0;
  static final int TEXT = 0x1;
  static final int BINARY = 0x2;
  static final int CLOSE = 0x8;
  static final int PING = 0x9;
  static final int PONG = 0xA;
  static final int FINAL = 0x80;
  static final int RSV1 = 0x40;

  private static final int MASK = 0x80;
  private static final int TIMEOUT_MILLIS = 60_000;
  private static final byte[] MASKING_KEY = {0x12, 0x34, 0x56, 0x78};

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  private RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = socket.getOutputStream();
  }

  /** A TCP connection, and nothing sent on it. */
  static RawClient connect(LhttpServer server) throws IOException {
    return connect(server, new Socket());
  }

  /** The same with a receive buffer of this many bytes, so that a reader who stops is felt soon. */
  static RawClient connect(LhttpServer server, int receiveBuffer) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(receiveBuffer);
    return connect(server, socket);
  }

  /** The same with this socket, of TLS for instance. */
  static RawClient connect(LhttpServer server, Socket socket) throws IOException {
    return connect(server.port(), socket);
  }

  /** The same to whatever listens on this port of this machine. */
  static RawClient connect(int port, Socket socket) throws IOException {
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return new RawClient(socket);
  }

  /** A WebSocket after its handshake. */
  static RawClient open(LhttpServer server, String... headers) throws IOException {
    var client = connect(server);
    var answer = client.send(handshake("/", headers)).answer();
    assertThat(answer.status()).as(answer.body()).isEqualTo(101);
    return client;
  }

  /** A request for a WebSocket, to this server, with further header lines. */
  static String handshake(String path, String... headers) {
    return request(
            "GET " + path,
            "Host: test",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13")
        .replaceFirst("\r\n\r\n$", "\r\n" + String.join("", lines(headers)) + "\r\n");
  }

  /** A request without a body: method and target, then header lines. */
  static String request(String start, String... headers) {
    return start + " HTTP/1.1\r\n" + String.join("", lines(headers)) + "\r\n";
  }

  /** {@code POST /publish} of this body. */
  static String publish(String body, String... headers) {
    return "POST /publish HTTP/1.1\r\nHost: test\r\nContent-Length: "
        + body.getBytes(UTF_8).length
        + "\r\n"
        + String.join("", lines(headers))
        + "\r\n"
        + body;
  }

  private static String[] lines(String... headers) {
    var lines = new String[headers.length];
    for (var i = 0; i < headers.length; i++) {
      lines[i] = headers[i] + "\r\n";
    }
    return lines;
  }

  /** A frame as a client sends it; {@code first} is its first byte: FIN, RSV, opcode. */
  static byte[] frame(int first, byte[] payload) {
    var frame = new ByteArrayOutputStream();
    frame.writeBytes(header(first, payload.length));
    for (var i = 0; i < payload.length; i++) {
      frame.write(payload[i] ^ MASKING_KEY[i % MASKING_KEY.length]);
    }
    return frame.toByteArray();
  }

  /** The beginning of a frame, masking key included, that announces so many bytes. */
  static byte[] header(int first, long length) {
    var header = ByteBuffer.allocate(14).put((byte) first);
    if (length < 126) {
      header.put((byte) (MASK | length));
    } else if (length < 65_536) {
      header.put((byte) (MASK | 126)).putShort((short) length);
    } else {
      header.put((byte) (MASK | 127)).putLong(length);
    }
    header.put(MASKING_KEY).flip();
    var bytes = new byte[header.remaining()];
    header.get(bytes);
    return bytes;
  }

  RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  RawClient send(String latin1) throws IOException {
    return send(latin1.getBytes(ISO_8859_1));
  }

  RawClient frame(int first, String payload) throws IOException {
    return send(frame(first, payload.getBytes(UTF_8)));
  }

  RawClient text(String payload) throws IOException {
    return frame(FINAL | TEXT, payload);
  }

  RawClient message(Message message) throws IOException {
    var opcode = message.format() == Message.Format.TEXT ? TEXT : BINARY;
    return send(frame(FINAL | opcode, message.toBytes()));
  }

  RawClient close(int code) throws IOException {
    return send(frame(FINAL | CLOSE, new byte[] {(byte) (code >> 8), (byte) code}));
  }

  /** Sends nothing more; the server sees the end of the stream. */
  void finish() throws IOException {
    socket.shutdownOutput();
  }

  /** Reads one HTTP response, which has to say how long it is. */
  Answer answer() throws IOException {
    return answer(true);
  }

  /** Reads one HTTP response to {@code HEAD}. */
  Answer answerToHead() throws IOException {
    return answer(false);
  }

  private Answer answer(boolean hasBody) throws IOException {
    var status = Integer.parseInt(line().split(" ", 3)[1]);
    var headers = new HashMap<String, String>();
    for (var line = line(); !line.isEmpty(); line = line()) {
      var colon = line.indexOf(':');
      headers.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip(),
          (one, two) -> one + ", " + two);
    }
    var length =
        hasBody && status != 304
            ? Integer.parseInt(headers.getOrDefault("content-length", "0"))
            : 0;
    return new Answer(status, headers, new String(in.readNBytes(length), UTF_8));
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (var c = in.readUnsignedByte(); c != '\n'; c = in.readUnsignedByte()) {
      line.append((char) c);
    }
    assertThat(line.toString()).endsWith("\r");
    return line.substring(0, line.length() - 1);
  }

  /** Reads one frame. */
  Frame frame() throws IOException {
    var first = in.readUnsignedByte();
    long length = in.readUnsignedByte();
    assertThat(length).as("a server does not mask").isLessThan(MASK);
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = in.readLong();
    }
    var payload = new byte[Math.toIntExact(length)];
    in.readFully(payload);
    return new Frame(first & 0xf, (first & FINAL) != 0, first & 0x70, payload);
  }

  /** Reads frames up to the close, whose code it returns; 1005 where it has none. */
  int closeCode() throws IOException {
    for (var frame = frame(); ; frame = frame()) {
      if (frame.opcode() == CLOSE) {
        return frame.closeCode();
      }
    }
  }

  /** Reads to the end of the stream, which the server ends or resets; how many bytes there were. */
  long skipToEnd() throws IOException {
    var skipped = 0L;
    try {
      for (var buffer = new byte[8192]; ; ) {
        var read = in.read(buffer);
        if (read < 0) {
          return skipped;
        }
        skipped += read;
      }
    } catch (SocketException | EOFException reset) {
      return skipped;
    }
  }

  Socket socket() {
    return socket;
  }

  InputStream input() {
    return in;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /** An HTTP response; names of headers in lower case, doubled ones joined. */
  record Answer(int status, Map<String, String> headers, String body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  /** A frame; {@code rsv} are its reserved bits where they stand. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Frame(int opcode, boolean last, int rsv, byte[] payload) {
    String text() {
      return new String(payload, UTF_8);
    }

    int closeCode() {
      return payload.length < 2 ? 1005 : ByteBuffer.wrap(payload).getShort() & 0xffff;
    }

    String closeReason() {
      return payload.length < 2 ? "" : new String(payload, 2, payload.length - 2, UTF_8);
    }
  }
}
