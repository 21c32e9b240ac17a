package io.lhttp.spring;

import io.lhttp.server.Limits;
import io.lhttp.server.MemoryShare;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The bounds on the cost of one client, and of all clients together, as {@link Limits} has them.
 *
 * @param messageBytes the longest message in bytes, after decompression; a longer one closes the
 *     connection with 1009
 * @param headerLines the most header lines of a message; more are refused with 431
 * @param headerLineBytes the longest header line in bytes; a longer one is refused with 431
 * @param parts the most parts of a multipart body; more are refused with 400
 * @param malformedMessages the number of malformed messages in a row that closes the connection
 *     with 1007
 * @param channels the most subscriptions of one connection; one more is refused with 409
 * @param connections the most open sockets of the server; the server closes one more at once
 * @param connectionsPerAddress the most open sockets of one IPv4 address or IPv6 /64 network; the
 *     server closes one more at once. Behind a trusted proxy running requests and WebSockets count
 *     instead, and one more is refused with 429
 * @param handshakesPerAddress WebSocket handshakes per second of one IPv4 address or IPv6 /64
 *     network; twice as many may come at once, and more are refused with 429
 * @param waitingMessages the number of messages in one connection's inbound queue at which the
 *     server stops reading its socket
 * @param waitingBytes the number of bytes in one connection's inbound queue at which the server
 *     stops reading its socket
 * @param queueBytes the most bytes that wait to be sent to one connection. If a delivery does not
 *     fit, the policy of its channel for slow consumers decides; if another message does not fit,
 *     the server closes the connection with 4413. Replies of the connection's own exchange may
 *     exceed this
 * @param deliveryBytes the bytes of deliveries that may wait for one event loop; above it
 *     publications to its channels are refused with 503, and deliveries above twice as many bytes
 *     are dropped
 * @param memory the bytes that may wait in the whole server. As they are used up, the server first
 *     stops reading the connections that hold the most, then refuses new work with 503, then closes
 *     connections with 1013
 * @param fragments the most frames of one message; more close the connection with 1008
 * @param fragmentTime the longest time from a message's first frame to its last; after it the
 *     connection is closed with 1008
 * @param handshakeTime the longest time from accept to the end of the first HTTP request, and
 *     between two requests; after it the server closes the socket
 * @param handshakeBytes the most bytes of an HTTP request line, and of the header block; more are
 *     refused with 414 and 431
 * @param controlFrames pings and pongs of one connection per second; twice as many may come at
 *     once, and more close the connection with 1008
 * @param pingInterval the time between two pings to a connection. A connection without a sign of
 *     life between two pings is closed with 4408
 * @param writeTime the longest time for which a socket may take no bytes while some wait for it;
 *     after it the server closes the connection with 4413, or an HTTP connection without an answer
 * @param closeTime the longest time that the server waits for a client's answer to a close frame
 *     before it closes the socket
 */
public record LimitsProperties(
    @DefaultValue("64KiB") ByteSize messageBytes,
    @DefaultValue("64") int headerLines,
    @DefaultValue("16KiB") ByteSize headerLineBytes,
    @DefaultValue("64") int parts,
    @DefaultValue("10") int malformedMessages,
    @DefaultValue("1000") int channels,
    @DefaultValue("20000") int connections,
    @DefaultValue("1000") int connectionsPerAddress,
    @DefaultValue("200") int handshakesPerAddress,
    @DefaultValue("64") int waitingMessages,
    @DefaultValue("256KiB") ByteSize waitingBytes,
    @DefaultValue("1MiB") ByteSize queueBytes,
    @DefaultValue("16MiB") ByteSize deliveryBytes,
    @DefaultValue("40%") MemoryShare memory,
    @DefaultValue("64") int fragments,
    @DefaultValue("10s") Duration fragmentTime,
    @DefaultValue("10s") Duration handshakeTime,
    @DefaultValue("16KiB") ByteSize handshakeBytes,
    @DefaultValue("10") int controlFrames,
    @DefaultValue("30s") Duration pingInterval,
    @DefaultValue("30s") Duration writeTime,
    @DefaultValue("5s") Duration closeTime) {
  /**
   * Returns these bounds for the server's builder.
   *
   * @throws IllegalArgumentException if one is not positive
   */
  Limits limits() {
    return Limits.builder()
        .messageBytes(messageBytes.asInt())
        .headerLines(headerLines)
        .headerLineBytes(headerLineBytes.asInt())
        .parts(parts)
        .malformedMessages(malformedMessages)
        .channels(channels)
        .connections(connections)
        .connectionsPerAddress(connectionsPerAddress)
        .handshakesPerAddress(handshakesPerAddress)
        .waitingMessages(waitingMessages)
        .waitingBytes(waitingBytes.asInt())
        .queueBytes(queueBytes.asInt())
        .deliveryBytes(deliveryBytes.asInt())
        .memory(memory)
        .fragments(fragments)
        .fragmentTime(fragmentTime)
        .handshakeTime(handshakeTime)
        .handshakeBytes(handshakeBytes.asInt())
        .controlFrames(controlFrames)
        .pingInterval(pingInterval)
        .writeTime(writeTime)
        .closeTime(closeTime)
        .build();
  }
}
