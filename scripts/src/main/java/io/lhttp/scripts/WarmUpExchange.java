package io.lhttp.scripts;

import io.lhttp.Attributes;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.ConnectionExecutor;
import io.lhttp.Exchange;
import io.lhttp.Handshake;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.Reply;
import io.lhttp.message.Message;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;

/** The exchange of a warm-up: replies, publications and subscriptions have no effect. */
final class WarmUpExchange implements Exchange, Connection, Reply {
  private final Attributes attributes = new Attributes();
  private final Message request;
  private final Principal principal;
  private Message current;

  WarmUpExchange(Message request, Principal principal) {
    this.request = request;
    this.principal = principal;
    this.current = request;
  }

  @Override
  public Message request() {
    return current;
  }

  @Override
  public void rewrite(Message message) {
    current = message;
  }

  @Override
  public Connection connection() {
    return this;
  }

  @Override
  public Attributes attributes() {
    return attributes;
  }

  @Override
  public void send(String body) {
    var _ = request.withBody(body);
  }

  @Override
  public Reply reply() {
    return this;
  }

  @Override
  public Outcome.Refused refuse(int status, String reason) {
    return Outcome.refused(status, reason);
  }

  @Override
  public void publish(String channel, Message message) {}

  @Override
  public void addReplyHeader(String name, String value) {}

  @Override
  public int generation() {
    return 0;
  }

  @Override
  public String id() {
    return "warm-up";
  }

  @Override
  public Handshake handshake() {
    return new Handshake(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), "/", Map.of());
  }

  @Override
  public ConnectionExecutor executor() {
    throw new IllegalStateException("a warm-up has no event loop");
  }

  @Override
  public Principal principal() {
    return principal;
  }

  @Override
  public void authenticate(Principal principal) {}

  @Override
  public void send(Message message) {}

  @Override
  public void close(CloseStatus code) {}

  @Override
  public Deadline closeAfter(Duration delay, CloseStatus code) {
    return () -> {};
  }

  @Override
  public boolean open() {
    return true;
  }

  @Override
  public long queuedBytes() {
    return 0;
  }

  @Override
  public Reply command(String command) {
    return this;
  }

  @Override
  public Reply header(String name, String value) {
    return this;
  }

  @Override
  public Reply withoutHeaders() {
    return this;
  }

  @Override
  public Reply body(String body) {
    return this;
  }

  @Override
  public Reply body(byte[] body) {
    return this;
  }

  @Override
  public void send() {}
}
