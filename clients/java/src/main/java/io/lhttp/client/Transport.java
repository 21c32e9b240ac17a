package io.lhttp.client;

import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One connection from its handshake to its end, as {@link ClientConnection} uses it. */
interface Transport {
  /** Called by the transport's threads; may not block. */
  interface Owner {
    void opened(Transport transport);

    /** A message. The next one is read once {@link Transport#readNext} is called. */
    void received(Transport transport, Message message);

    /** Bytes that are no message; otherwise as {@link #received}. */
    void malformed(Transport transport, ProtocolException why, int bytes);

    /** The transport has ended or could not be opened: the last call, made once. */
    void ended(Transport transport, int code, String reason, Optional<Throwable> cause);
  }

  /** Makes a transport that is not open yet. */
  interface Factory {
    Transport create(
        ClientOptions options, Timer timer, Optional<String> token, Transport.Owner owner);
  }

  /** Begins the handshake. */
  void open();

  /** Completes once the message is on its way; one at a time. */
  CompletableFuture<?> send(Message message);

  /** Lets the next message come. */
  void readNext();

  /** As {@link #readNext}, after a pause in reading. */
  void resume();

  /** Closes with 1000; ends at the server's answer. */
  void close();

  /** Ends it without a closing handshake. */
  void abort(int code, String reason, Optional<Throwable> cause);
}
