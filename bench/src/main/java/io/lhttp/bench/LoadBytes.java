package io.lhttp.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** The bytes of a load, created once and equal for every server. */
public final class LoadBytes {
  /**
   * The {@link #kind} of a message that subscribes. Servers echo all kinds but this and {@link
   * #PUBLISH}.
   */
  static final byte SUBSCRIBE = 's';

  static final byte PUBLISH = 'p';

  /** All commands here have four letters, so that the first header's name has a fixed offset. */
  private static final int KIND_AT = "LHTTP/1.0 echo\r\n".length();

  private static final String BODY =
      "the quick brown fox jumps over the lazy dog, again and again....";
  private static final String ECHO = "LHTTP/1.0 echo\r\ncontent-type:text\r\n\r\n" + BODY;
  private static final String JOIN = "LHTTP/1.0 join\r\nsubscribe:bench\r\nack:true\r\n\r\n";
  private static final String CHAT = "LHTTP/1.0 chat\r\npublish:bench\r\n\r\n" + BODY;

  /** A fixed token of the server under load. */
  static final String TOKEN = "a-token-for-the-load-alone";

  private static final String FORWARD =
      "LHTTP/1.0 send\r\nupstream:POST backend\r\nack:true\r\n\r\n" + BODY;

  private static final int FIN = 0x80;
  private static final int TEXT = 0x1;
  private static final int BINARY = 0x2;
  private static final int PONG = 0xa;
  private static final int MASKED = 0x80;
  private static final int TWO_BYTES = 126;
  private static final int MAX_LENGTH = 0xffff;
  private static final int MAX_HEADER = 8;

  /** The header length of a frame of less than 126 bytes. */
  private static final int SHORT_HEADER = 6;

  /**
   * The key that masks frames. It is not zero, because with a zero key a server may skip the
   * unmasking.
   */
  private static final byte[] KEY = {0x37, (byte) 0xfa, 0x21, 0x3d};

  private LoadBytes() {}

  /** The kind of a message, as the floor server reads it. */
  static byte kind(ByteBuf message) {
    return message.readableBytes() > KIND_AT ? message.getByte(message.readerIndex() + KIND_AT) : 0;
  }

  static byte[] handshake() {
    return handshake("/", "");
  }

  /** The handshake for a server without LHTTP. */
  public static byte[] handshake(String path) {
    return handshake(path, "");
  }

  static byte[] handshakeWithToken() {
    return handshake("/", "Authorization: Bearer " + TOKEN + "\n");
  }

  private static byte[] handshake(String path, String more) {
    return """
    GET %s HTTP/1.1
    Host: 127.0.0.1
    Upgrade: websocket
    Connection: Upgrade
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
    Sec-WebSocket-Version: 13
    %s
    """
        .formatted(path, more)
        .replace("\n", "\r\n")
        .getBytes(US_ASCII);
  }

  public static byte[] echo() {
    return frame(TEXT, ECHO.getBytes(US_ASCII));
  }

  /** A request that is answered with one message once the subscription exists. */
  public static byte[] join() {
    return frame(TEXT, JOIN.getBytes(US_ASCII));
  }

  public static byte[] chat() {
    return frame(TEXT, CHAT.getBytes(US_ASCII));
  }

  /** A request that is answered with one message once all these subscriptions exist. */
  public static byte[] join(List<String> channels) {
    return message(
        "join\r\nsubscribe:%s\r\nack:true\r\n\r\n".formatted(String.join(" ", channels)));
  }

  /** A request that is answered with a subscription reply and the messages after that position. */
  public static byte[] recover(String channel, String position) {
    return message("join\r\nsubscribe:%s\r\nsince:%s\r\n\r\n".formatted(channel, position));
  }

  /** The message of {@link #chat} for another channel. */
  public static byte[] chat(String channel) {
    return message("chat\r\npublish:%s\r\n\r\n%s".formatted(channel, BODY));
  }

  /** The message of {@link #chat}, answered with one message once it is published. */
  public static byte[] acknowledgedChat(String channel) {
    return message("chat\r\npublish:%s\r\nack:true\r\n\r\n%s".formatted(channel, BODY));
  }

  private static byte[] message(String rest) {
    return frame(TEXT, ("LHTTP/1.0 " + rest).getBytes(US_ASCII));
  }

  /** A request that is answered with one message once the HTTP server has answered. */
  static byte[] forward() {
    return frame(TEXT, FORWARD.getBytes(US_ASCII));
  }

  /** A text frame for a server without LHTTP. */
  public static byte[] text(String payload) {
    return frame(TEXT, payload.getBytes(US_ASCII));
  }

  /** A binary frame for a server without LHTTP. */
  public static byte[] binary(String payload) {
    return frame(BINARY, payload.getBytes(US_ASCII));
  }

  /** The text that {@link #echo} and {@link #chat} send, for other protocols. */
  public static String payload(byte[] frame) {
    var payload = new byte[frame.length - SHORT_HEADER];
    for (var i = 0; i < payload.length; i++) {
      payload[i] = (byte) (frame[SHORT_HEADER + i] ^ KEY[i % KEY.length]);
    }
    return new String(payload, US_ASCII);
  }

  /** The body that the HTTP server gets. */
  static byte[] body() {
    return BODY.getBytes(US_ASCII);
  }

  static byte[] pong(byte[] payload) {
    return frame(PONG, payload);
  }

  /** The message of {@link #chat} as {@code POST /publish} over a keep-alive connection. */
  public static byte[] post() {
    return """
    POST /publish HTTP/1.1
    Host: 127.0.0.1
    Content-Type: text/plain
    Content-Length: %d

    """
        .formatted(CHAT.length())
        .replace("\n", "\r\n")
        .concat(CHAT)
        .getBytes(US_ASCII);
  }

  /** Returns a buffer with copies of these bytes, of which writes use slices. */
  static ByteBuf repeat(byte[] bytes, int times) {
    var all = Unpooled.directBuffer(bytes.length * times);
    for (var i = 0; i < times; i++) {
      all.writeBytes(bytes);
    }
    return all;
  }

  /** A masked frame, as a client sends it. */
  private static byte[] frame(int opcode, byte[] payload) {
    if (payload.length > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a frame here has at most %d bytes, this: %d".formatted(MAX_LENGTH, payload.length));
    }
    var frame = ByteBuffer.allocate(MAX_HEADER + payload.length).put((byte) (FIN | opcode));
    if (payload.length < TWO_BYTES) {
      frame.put((byte) (MASKED | payload.length));
    } else {
      frame.put((byte) (MASKED | TWO_BYTES)).putShort((short) payload.length);
    }
    frame.put(KEY);
    for (var i = 0; i < payload.length; i++) {
      frame.put((byte) (payload[i] ^ KEY[i % KEY.length]));
    }
    return Arrays.copyOf(frame.array(), frame.position());
  }
}
