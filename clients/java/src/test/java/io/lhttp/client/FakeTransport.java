package io.lhttp.client;

import io.lhttp.client.internal.protocol.CloseCodes;
import io.lhttp.client.internal.transport.Transport;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A transport without a network. The test plays the server. Used by one thread. */
public final class FakeTransport implements Transport {
  private final Optional<String> token;
  private final Owner owner;
  private final List<Message> sent = new ArrayList<>();
  private boolean over;

  public FakeTransport(Optional<String> token, Owner owner) {
    this.token = token;
    this.owner = owner;
  }

  public Optional<String> token() {
    return token;
  }

  /** All messages that the client has sent. */
  public List<Message> sent() {
    return sent;
  }

  public void opened() {
    owner.opened(this);
  }

  public void receive(Message message) {
    owner.received(this, message);
  }

  public void end(int code, String reason) {
    if (!over) {
      over = true;
      owner.ended(this, code, reason, Optional.empty());
    }
  }

  @Override
  public void open() {}

  @Override
  public CompletableFuture<?> send(Message message) {
    sent.add(message);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void readNext() {}

  @Override
  public void resume() {}

  /** Closes as if the server answered at once. */
  @Override
  public void close() {
    end(CloseCodes.NORMAL, "");
  }

  @Override
  public void abort(int code, String reason, Optional<Throwable> cause) {
    end(code, reason);
  }
}
