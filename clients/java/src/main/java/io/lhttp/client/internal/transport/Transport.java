package io.lhttp.client.internal.transport;

import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One connection from its handshake to its end. */
public interface Transport {
  /** The time limit for the rest of the queue and the closing handshake. */
  Duration CLOSING = Duration.ofSeconds(5);

  /** Called by the transport's threads; may not block. */
  interface Owner {
    void opened(Transport transport);

    /** A message has arrived. The next one is read after {@link Transport#readNext}. */
    void received(Transport transport, Message message);

    /** Bytes that are no message have arrived; otherwise like {@link #received}. */
    void malformed(Transport transport, ProtocolException why, int bytes);

    /** The transport has ended or could not be opened: the last call, made once. */
    void ended(Transport transport, int code, String reason, Optional<Throwable> cause);
  }

  /** Creates a transport that is not open yet. */
  interface Factory {
    Transport create(
        TransportOptions options, Timer timer, Optional<String> token, Transport.Owner owner);
  }

  /** Begins the handshake. */
  void open();

  /** Sends a message; the future completes once it is written. One message at a time. */
  CompletableFuture<?> send(Message message);

  /** Allows the next message to be read. */
  void readNext();

  /** Like {@link #readNext}, after a pause in reading. */
  void resume();

  /** Closes with 1000; the transport ends when the server answers. */
  void close();

  /** Ends the transport without a closing handshake. */
  void abort(int code, String reason, Optional<Throwable> cause);
}
