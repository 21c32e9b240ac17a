package io.lhttp.client;

import io.lhttp.client.internal.protocol.ChannelNames;
import io.lhttp.client.internal.protocol.PublicationSession;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/** Publishes messages and waits for their acknowledgements. Safe for all threads. */
final class Publications {
  private final ClientConnection connection;
  private final String session;
  private final Duration timeout;

  Publications(ClientConnection connection, String session, Duration timeout) {
    this.connection = connection;
    this.session = session;
    this.timeout = timeout;
  }

  /**
   * Publishes a message. Cancelling the future gives up waiting, but does not recall the message.
   */
  CompletableFuture<Void> publish(Collection<String> channels, Message message) {
    var published =
        message.toBuilder()
            .without("publish", "ack", "id")
            .header("publish", ChannelNames.list(channels))
            .header("ack", "true")
            .build();
    var acknowledgement =
        connection.request(
            PublicationSession.added(published, session),
            PendingRequest.Kind.ACKNOWLEDGED,
            timeout);
    var done = acknowledgement.<Void>thenApply(reply -> null);
    var unused =
        done.whenComplete((nothing, failure) -> {
          if (done.isCancelled()) {
            acknowledgement.cancel(false);
          }
        });
    return done;
  }
}
