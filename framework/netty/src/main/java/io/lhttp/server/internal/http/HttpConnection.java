package io.lhttp.server.internal.http;

import io.lhttp.Attributes;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.ConnectionExecutor;
import io.lhttp.Handshake;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.revocation.Revocations;
import io.lhttp.revocation.Verdict;
import io.lhttp.server.internal.tracing.ServerTracing;
import io.lhttp.tracing.TraceContext;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The connection that stands for one {@code POST /publish}, as filters see it. It ignores replies
 * and can't subscribe.
 */
final class HttpConnection implements Connection, ServerTracing.Traced {
  private final String id;
  private final Handshake handshake;
  private final ConnectionExecutor executor;
  private final boolean proxied;
  private final Revocations revocations;
  private final Attributes attributes = new Attributes();
  private volatile Principal principal = Principal.ANONYMOUS;
  private volatile @Nullable CloseStatus closed;

  /**
   * @param proxied whether a trusted proxy has sent the request
   * @param revocations the users who are not let in
   */
  HttpConnection(
      String id,
      Handshake handshake,
      ConnectionExecutor executor,
      boolean proxied,
      Revocations revocations) {
    this.revocations = revocations;
    this.id = id;
    this.handshake = handshake;
    this.executor = executor;
    this.proxied = proxied;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Handshake handshake() {
    return handshake;
  }

  @Override
  public boolean single() {
    return true;
  }

  @Override
  public boolean fromTrustedProxy() {
    return proxied;
  }

  @Override
  public boolean proxied() {
    return proxied;
  }

  @Override
  public Optional<TraceContext> handshakeSpan() {
    return Optional.empty();
  }

  @Override
  public ConnectionExecutor executor() {
    return executor;
  }

  @Override
  public Principal principal() {
    return principal;
  }

  @Override
  public void authenticate(Principal principal) {
    revocations.requireKnown(principal.name());
    try {
      revocations.requireNotBlocked(principal.name());
    } catch (RefusedException e) {
      close(Verdict.BLOCKED.close());
      throw e;
    }
    this.principal = principal;
  }

  @Override
  public Attributes attributes() {
    return attributes;
  }

  @Override
  public void send(Message message) {}

  @Override
  public void close(CloseStatus code) {
    if (closed == null) {
      closed = code;
    }
  }

  /** The status with which a link has closed this connection; empty if none has. */
  Optional<CloseStatus> closed() {
    return Optional.ofNullable(closed);
  }

  /** Does nothing, as the connection ends with its one message. */
  @Override
  public Deadline closeAfter(Duration delay, CloseStatus code) {
    return () -> {};
  }

  @Override
  public boolean open() {
    return closed == null;
  }

  @Override
  public long queuedBytes() {
    return 0;
  }
}
