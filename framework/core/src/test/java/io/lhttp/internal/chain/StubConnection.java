package io.lhttp.internal.chain;

import io.lhttp.Attributes;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.ConnectionExecutor;
import io.lhttp.Handshake;
import io.lhttp.Principal;
import io.lhttp.message.Message;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A connection for tests of the chain, on one thread at a time. */
public final class StubConnection implements Connection {
  final List<Message> sent = new ArrayList<>();
  Optional<CloseStatus> closed = Optional.empty();

  private final InetAddress address;
  private final Attributes attributes = new Attributes();
  private Principal principal = Principal.ANONYMOUS;

  public StubConnection() {
    this(InetAddress.getLoopbackAddress());
  }

  public StubConnection(InetAddress address) {
    this.address = address;
  }

  /** The messages that were sent, in order. */
  public List<Message> sent() {
    return List.copyOf(sent);
  }

  @Override
  public String id() {
    return "stub";
  }

  @Override
  public Handshake handshake() {
    return new Handshake(new InetSocketAddress(address, 1), "/", Map.of());
  }

  @Override
  public ConnectionExecutor executor() {
    throw new UnsupportedOperationException("nothing here is kept per thread");
  }

  @Override
  public Principal principal() {
    return principal;
  }

  @Override
  public void authenticate(Principal principal) {
    this.principal = principal;
  }

  @Override
  public Attributes attributes() {
    return attributes;
  }

  @Override
  public void send(Message message) {
    sent.add(message);
  }

  @Override
  public void close(CloseStatus code) {
    closed = Optional.of(code);
  }

  @Override
  public Deadline closeAfter(Duration delay, CloseStatus code) {
    return () -> {};
  }

  @Override
  public boolean open() {
    return closed.isEmpty();
  }

  @Override
  public long queuedBytes() {
    return 0;
  }
}
