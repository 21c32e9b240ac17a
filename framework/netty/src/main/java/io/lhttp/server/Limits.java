package io.lhttp.server;

import io.lhttp.message.CodecLimits;
import java.time.Duration;

/**
 * The bounds on the cost of one client, and of all clients together.
 *
 * @param messageBytes the longest message; a longer one closes the connection with 1009
 * @param headerLines header lines per message; more are refused with 431
 * @param headerLineBytes bytes per header line; more are refused with 431
 * @param parts parts of one multipart body; more are refused with 400
 * @param malformedMessages this many malformed messages in a row close with 1007
 * @param channels subscriptions of one connection; more are refused with 409
 * @param connections open sockets in all; one more is closed at once
 * @param connectionsPerAddress open sockets per IPv4 address or IPv6 /64 network
 * @param handshakesPerAddress WebSocket handshakes per second and IPv4 address or IPv6 /64 network;
 *     twice as many may come at once, and more are refused with 429
 * @param waitingMessages messages in one connection's inbound queue before the server stops reading
 *     its socket
 * @param waitingBytes bytes of such messages before the server stops reading the socket
 * @param queueBytes bytes that wait to be sent to one connection; more is a slow consumer
 * @param deliveryBytes bytes of publications that wait for one event loop; more are refused with
 *     503
 * @param memory the bytes that may wait in the whole server
 * @param fragments frames per message
 * @param fragmentTime from a message's first frame to its last
 * @param handshakeTime from accept to the end of the first request, and between requests
 * @param handshakeBytes the header block of an HTTP request
 * @param controlFrames pings and pongs per second; twice as many may come at once, and more close
 *     with 1008
 * @param pingInterval the time between two pings; two of them without a sign of life close with
 *     4408
 * @param writeTime how long a socket may take no bytes while some wait for it
 * @param closeTime how long a client may take to answer a close
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
   * @throws IllegalArgumentException with the limit that is not positive
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

  /** A builder that starts from {@link #DEFAULT}. */
  public static Builder builder() {
    return DEFAULT.toBuilder();
  }

  /** A builder that starts from these limits. */
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

    public Builder messageBytes(int value) {
      messageBytes = value;
      return this;
    }

    public Builder headerLines(int value) {
      headerLines = value;
      return this;
    }

    public Builder headerLineBytes(int value) {
      headerLineBytes = value;
      return this;
    }

    public Builder parts(int value) {
      parts = value;
      return this;
    }

    public Builder malformedMessages(int value) {
      malformedMessages = value;
      return this;
    }

    public Builder channels(int value) {
      channels = value;
      return this;
    }

    public Builder connections(int value) {
      connections = value;
      return this;
    }

    public Builder connectionsPerAddress(int value) {
      connectionsPerAddress = value;
      return this;
    }

    public Builder handshakesPerAddress(int value) {
      handshakesPerAddress = value;
      return this;
    }

    public Builder waitingMessages(int value) {
      waitingMessages = value;
      return this;
    }

    public Builder waitingBytes(int value) {
      waitingBytes = value;
      return this;
    }

    public Builder queueBytes(int value) {
      queueBytes = value;
      return this;
    }

    public Builder deliveryBytes(int value) {
      deliveryBytes = value;
      return this;
    }

    public Builder memory(MemoryShare value) {
      memory = value;
      return this;
    }

    public Builder fragments(int value) {
      fragments = value;
      return this;
    }

    public Builder fragmentTime(Duration value) {
      fragmentTime = value;
      return this;
    }

    public Builder handshakeTime(Duration value) {
      handshakeTime = value;
      return this;
    }

    public Builder handshakeBytes(int value) {
      handshakeBytes = value;
      return this;
    }

    public Builder controlFrames(int value) {
      controlFrames = value;
      return this;
    }

    public Builder pingInterval(Duration value) {
      pingInterval = value;
      return this;
    }

    public Builder writeTime(Duration value) {
      writeTime = value;
      return this;
    }

    public Builder closeTime(Duration value) {
      closeTime = value;
      return this;
    }

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
