package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A transport without a network, whose other end a test plays. Used by one thread. */
final class FakeTransport implements Transport {
  private final Optional<String> token;
  private final Owner owner;
  private final List<Message> sent = new ArrayList<>();
  private boolean over;

  FakeTransport(Optional<String> token, Owner owner) {
    this.token = token;
    this.owner = owner;
  }

  Optional<String> token() {
    return token;
  }

  /** All messages that the client has sent. */
  List<Message> sent() {
    return sent;
  }

  void opened() {
    owner.opened(this);
  }

  void receive(Message message) {
    owner.received(this, message);
  }

  void end(int code, String reason) {
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

  /** The server answers at once. */
  @Override
  public void close() {
    end(Closed.NORMAL, "");
  }

  @Override
  public void abort(int code, String reason, Optional<Throwable> cause) {
    end(code, reason);
  }
}
