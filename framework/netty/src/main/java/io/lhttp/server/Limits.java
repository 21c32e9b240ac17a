package io.lhttp.server;

import io.lhttp.message.CodecLimits;
import java.time.Duration;

/**
 * The bounds on the cost of one client, and of all clients together.
 *
 * @param messageBytes the longest message in bytes, after decompression; a longer one closes the
 *     connection with 1009. Default: 64 KiB
 * @param headerLines the most header lines of a message; more are refused with 431. Default: 64
 * @param headerLineBytes the longest header line in bytes; a longer one is refused with 431.
 *     Default: 16 KiB
 * @param parts the most parts of a multipart body; more are refused with 400. Default: 64
 * @param malformedMessages the number of malformed messages in a row that closes the connection
 *     with 1007. Default: 10
 * @param channels the most subscriptions of one connection; one more is refused with 409. Default:
 *     1,000
 * @param connections the most open sockets of the server; the server closes one more at once.
 *     Default: 20,000
 * @param connectionsPerAddress the most open sockets of one IPv4 address or IPv6 /64 network, four
 *     times as many of a /56, sixteen times of a /48; the server closes one more at once. Behind a
 *     trusted proxy running requests and WebSockets count instead, and one more is refused with
 *     429. Default: 1,000
 * @param handshakesPerAddress WebSocket handshakes per second of one IPv4 address or IPv6 /64
 *     network, four times as many of a /56, sixteen times of a /48; twice as many may come at once,
 *     and more are refused with 429. Default: 200
 * @param waitingMessages the number of messages in one connection's inbound queue at which the
 *     server stops reading its socket. Default: 64
 * @param waitingBytes the number of bytes in one connection's inbound queue at which the server
 *     stops reading its socket. Default: 256 KiB
 * @param queueBytes the most bytes that wait to be sent to one connection. If a delivery does not
 *     fit, the policy of its channel for slow consumers decides; if another message does not fit,
 *     the server closes the connection with 4413. Replies of the connection's own exchange may
 *     exceed this. Default: 1 MiB
 * @param deliveryBytes the bytes of deliveries that may wait for one event loop; above it
 *     publications to its channels are refused with 503, and deliveries above twice as many bytes
 *     are dropped. Default: 16 MiB
 * @param memory the bytes that may wait in the whole server. As they are used up, the server first
 *     stops reading the connections that hold the most, then refuses new work with 503, then closes
 *     connections with 1013. Default: 40 % of the heap
 * @param fragments the most frames of one message; more close the connection with 1008. Default: 64
 * @param fragmentTime the longest time from a message's first frame to its last; after it the
 *     connection is closed with 1008. Default: 10 seconds
 * @param handshakeTime the longest time from accept to the end of the first HTTP request, and
 *     between two requests; after it the server closes the socket. Default: 10 seconds
 * @param handshakeBytes the most bytes of an HTTP request line, and of the header block; more are
 *     refused with 414 and 431. Default: 16 KiB
 * @param controlFrames pings and pongs of one connection per second; twice as many may come at
 *     once, and more close the connection with 1008. Default: 10
 * @param pingInterval the time between two pings to a connection. A connection without a sign of
 *     life between two pings is closed with 4408. Default: 30 seconds
 * @param writeTime the longest time for which a socket may take no bytes while some wait for it;
 *     after it the server closes the connection with 4413, or an HTTP connection without an answer.
 *     Default: 30 seconds
 * @param closeTime the longest time that the server waits for a client's answer to a close frame
 *     before it closes the socket. Default: 5 seconds
 */
public record Limits(
    int messageBytes,
    int headerLines,
    int headerLineBytes,
    int parts,
    int malformedMessages,
    int channels,
    int connections,
    int connectionsPerAddress,
    int handshakesPerAddress,
    int waitingMessages,
    int waitingBytes,
    int queueBytes,
    int deliveryBytes,
    MemoryShare memory,
    int fragments,
    Duration fragmentTime,
    Duration handshakeTime,
    int handshakeBytes,
    int controlFrames,
    Duration pingInterval,
    Duration writeTime,
    Duration closeTime) {

  public static final Limits DEFAULT =
      new Limits(
          64 * 1024,
          CodecLimits.DEFAULT.headerLines(),
          16 * 1024,
          CodecLimits.DEFAULT.parts(),
          10,
          1_000,
          20_000,
          1_000,
          200,
          64,
          256 * 1024,
          1024 * 1024,
          16 * 1024 * 1024,
          MemoryShare.DEFAULT,
          64,
          Duration.ofSeconds(10),
          Duration.ofSeconds(10),
          16 * 1024,
          10,
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofSeconds(5));

  /**
   * @throws IllegalArgumentException if a limit is not positive; the text names the limit
   */
  public Limits {
    requirePositive("messageBytes", messageBytes);
    requirePositive("headerLines", headerLines);
    requirePositive("headerLineBytes", headerLineBytes);
    requirePositive("parts", parts);
    requirePositive("malformedMessages", malformedMessages);
    requirePositive("channels", channels);
    requirePositive("connections", connections);
    requirePositive("connectionsPerAddress", connectionsPerAddress);
    requirePositive("handshakesPerAddress", handshakesPerAddress);
    requirePositive("waitingMessages", waitingMessages);
    requirePositive("waitingBytes", waitingBytes);
    requirePositive("queueBytes", queueBytes);
    requirePositive("deliveryBytes", deliveryBytes);
    requirePositive("fragments", fragments);
    requirePositive("fragmentTime", fragmentTime.toMillis());
    requirePositive("handshakeTime", handshakeTime.toMillis());
    requirePositive("handshakeBytes", handshakeBytes);
    requirePositive("controlFrames", controlFrames);
    requirePositive("pingInterval", pingInterval.toMillis());
    requirePositive("writeTime", writeTime.toMillis());
    requirePositive("closeTime", closeTime.toMillis());
  }

  public CodecLimits codec() {
    return new CodecLimits(headerLines, headerLineBytes, parts);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("limit " + name + " has to be positive: " + value);
    }
  }

  /** Creates a builder that starts from {@link #DEFAULT}. */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /** Creates a builder that starts from these limits. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Changes some limits and keeps the rest. Not thread-safe. */
  public static final class Builder {
    private int messageBytes;
    private int headerLines;
    private int headerLineBytes;
    private int parts;
    private int malformedMessages;
    private int channels;
    private int connections;
    private int connectionsPerAddress;
    private int handshakesPerAddress;
    private int waitingMessages;
    private int waitingBytes;
    private int queueBytes;
    private int deliveryBytes;
    private MemoryShare memory;
    private int fragments;
    private Duration fragmentTime;
    private Duration handshakeTime;
    private int handshakeBytes;
    private int controlFrames;
    private Duration pingInterval;
    private Duration writeTime;
    private Duration closeTime;

    private Builder(Limits limits) {
      messageBytes = limits.messageBytes();
      headerLines = limits.headerLines();
      headerLineBytes = limits.headerLineBytes();
      parts = limits.parts();
      malformedMessages = limits.malformedMessages();
      channels = limits.channels();
      connections = limits.connections();
      connectionsPerAddress = limits.connectionsPerAddress();
      handshakesPerAddress = limits.handshakesPerAddress();
      waitingMessages = limits.waitingMessages();
      waitingBytes = limits.waitingBytes();
      queueBytes = limits.queueBytes();
      deliveryBytes = limits.deliveryBytes();
      memory = limits.memory();
      fragments = limits.fragments();
      fragmentTime = limits.fragmentTime();
      handshakeTime = limits.handshakeTime();
      handshakeBytes = limits.handshakeBytes();
      controlFrames = limits.controlFrames();
      pingInterval = limits.pingInterval();
      writeTime = limits.writeTime();
      closeTime = limits.closeTime();
    }

    /** Sets the longest message in bytes, see {@link Limits#messageBytes}. */
    public Builder messageBytes(int value) {
      messageBytes = value;
      return this;
    }

    /** Sets the most header lines of a message, see {@link Limits#headerLines}. */
    public Builder headerLines(int value) {
      headerLines = value;
      return this;
    }

    /** Sets the longest header line in bytes, see {@link Limits#headerLineBytes}. */
    public Builder headerLineBytes(int value) {
      headerLineBytes = value;
      return this;
    }

    /** Sets the most parts of a multipart body, see {@link Limits#parts}. */
    public Builder parts(int value) {
      parts = value;
      return this;
    }

    /**
     * Sets the number of malformed messages in a row that closes a connection, see {@link
     * Limits#malformedMessages}.
     */
    public Builder malformedMessages(int value) {
      malformedMessages = value;
      return this;
    }

    /** Sets the most subscriptions of one connection, see {@link Limits#channels}. */
    public Builder channels(int value) {
      channels = value;
      return this;
    }

    /** Sets the most open sockets of the server, see {@link Limits#connections}. */
    public Builder connections(int value) {
      connections = value;
      return this;
    }

    /** Sets the most open sockets of one address, see {@link Limits#connectionsPerAddress}. */
    public Builder connectionsPerAddress(int value) {
      connectionsPerAddress = value;
      return this;
    }

    /**
     * Sets the WebSocket handshakes of one address per second, see {@link
     * Limits#handshakesPerAddress}.
     */
    public Builder handshakesPerAddress(int value) {
      handshakesPerAddress = value;
      return this;
    }

    /**
     * Sets the number of messages in an inbound queue at which reading stops, see {@link
     * Limits#waitingMessages}.
     */
    public Builder waitingMessages(int value) {
      waitingMessages = value;
      return this;
    }

    /**
     * Sets the number of bytes in an inbound queue at which reading stops, see {@link
     * Limits#waitingBytes}.
     */
    public Builder waitingBytes(int value) {
      waitingBytes = value;
      return this;
    }

    /**
     * Sets the most bytes that wait to be sent to one connection, see {@link Limits#queueBytes}.
     */
    public Builder queueBytes(int value) {
      queueBytes = value;
      return this;
    }

    /**
     * Sets the bytes of deliveries that may wait for one event loop, see {@link
     * Limits#deliveryBytes}.
     */
    public Builder deliveryBytes(int value) {
      deliveryBytes = value;
      return this;
    }

    /** Sets the bytes that may wait in the whole server, see {@link Limits#memory}. */
    public Builder memory(MemoryShare value) {
      memory = value;
      return this;
    }

    /** Sets the most frames of one message, see {@link Limits#fragments}. */
    public Builder fragments(int value) {
      fragments = value;
      return this;
    }

    /**
     * Sets the longest time from a message's first frame to its last, see {@link
     * Limits#fragmentTime}.
     */
    public Builder fragmentTime(Duration value) {
      fragmentTime = value;
      return this;
    }

    /**
     * Sets the longest time for an HTTP request, and between two, see {@link Limits#handshakeTime}.
     */
    public Builder handshakeTime(Duration value) {
      handshakeTime = value;
      return this;
    }

    /** Sets the most bytes of an HTTP header block, see {@link Limits#handshakeBytes}. */
    public Builder handshakeBytes(int value) {
      handshakeBytes = value;
      return this;
    }

    /** Sets the pings and pongs of one connection per second, see {@link Limits#controlFrames}. */
    public Builder controlFrames(int value) {
      controlFrames = value;
      return this;
    }

    /** Sets the time between two pings to a connection, see {@link Limits#pingInterval}. */
    public Builder pingInterval(Duration value) {
      pingInterval = value;
      return this;
    }

    /** Sets the longest time for which a socket may take no bytes, see {@link Limits#writeTime}. */
    public Builder writeTime(Duration value) {
      writeTime = value;
      return this;
    }

    /** Sets the longest wait for the answer to a close frame, see {@link Limits#closeTime}. */
    public Builder closeTime(Duration value) {
      closeTime = value;
      return this;
    }

    /**
     * @throws IllegalArgumentException if a limit is not positive; the text names the limit
     */
    public Limits build() {
      return new Limits(
          messageBytes,
          headerLines,
          headerLineBytes,
          parts,
          malformedMessages,
          channels,
          connections,
          connectionsPerAddress,
          handshakesPerAddress,
          waitingMessages,
          waitingBytes,
          queueBytes,
          deliveryBytes,
          memory,
          fragments,
          fragmentTime,
          handshakeTime,
          handshakeBytes,
          controlFrames,
          pingInterval,
          writeTime,
          closeTime);
    }
  }
}
