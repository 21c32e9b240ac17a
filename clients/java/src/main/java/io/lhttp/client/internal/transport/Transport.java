package io.lhttp.client.internal.transport;

import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One connection from its handshake to its end. */
public interface Transport {
  /** The longest time for writing the rest of the queue and for the closing handshake. */
  Duration CLOSING = Duration.ofSeconds(5);

  /** Receives the events of a transport on the transport's threads; must not block. */
  interface Owner {
    void opened(Transport transport);

    /**
     * Called when a message has arrived. The next message is read after {@link Transport#readNext}.
     */
    void received(Transport transport, Message message);

    /** Called when bytes have arrived that are no message; otherwise like {@link #received}. */
    void malformed(Transport transport, ProtocolException why, int bytes);

    /** Called once, as the last call, when the transport has ended or could not be opened. */
    void ended(Transport transport, int code, String reason, Optional<Throwable> cause);
  }

  /** Creates a transport that is not open yet. */
  interface Factory {
    Transport create(
        TransportOptions options, Timer timer, Optional<String> token, Transport.Owner owner);
  }

  /** Begins the handshake. */
  void open();

  /**
   * Sends a message. The future completes once the message is written; only then may the next one
   * be sent.
   */
  CompletableFuture<?> send(Message message);

  /** Lets the transport read the next message. */
  void readNext();

  /**
   * Lets the transport read the next message after the client paused reading because too many
   * messages waited for callbacks.
   */
  void resume();

  /** Closes the connection with 1000. The transport ends when the server has answered. */
  void close();

  /** Ends the transport without a closing handshake. */
  void abort(int code, String reason, Optional<Throwable> cause);
}
