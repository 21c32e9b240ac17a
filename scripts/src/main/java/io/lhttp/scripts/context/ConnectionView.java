package io.lhttp.scripts.context;

import io.lhttp.Attributes;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Outcome;
import io.lhttp.internal.text.Json;
import io.lhttp.message.Message;
import io.lhttp.scripts.Limits;
import java.util.List;
import org.graalvm.polyglot.HostAccess;
import org.jspecify.annotations.Nullable;

/** The connection as scripts see it. All threads may use it. */
public final class ConnectionView extends AttributeValues {
  private final Connection connection;
  private final Limits limits;

  ConnectionView(Connection connection, Limits limits) {
    this.connection = connection;
    this.limits = limits;
  }

  @HostAccess.Export
  public String id() {
    return connection.id();
  }

  /** The user's name; null for an anonymous client. */
  @HostAccess.Export
  public @Nullable String user() {
    var principal = connection.principal();
    return principal.anonymous() ? null : principal.name();
  }

  /** The user's claims, as JSON. */
  @HostAccess.Export
  public String claims() {
    return Json.value(connection.principal().claims());
  }

  @HostAccess.Export
  public String path() {
    return connection.handshake().path();
  }

  @HostAccess.Export
  public String query() {
    return connection.handshake().query();
  }

  @HostAccess.Export
  public boolean open() {
    return connection.open();
  }

  /** Returns this object itself, so that a message creates no other one. */
  @HostAccess.Export
  public AttributeValues attributes() {
    return this;
  }

  @Override
  Attributes store() {
    return connection.attributes();
  }

  @Override
  long maxBytes() {
    return limits.attributeBytes();
  }

  @HostAccess.Export
  public Draft message(String command) {
    return Draft.of(Message.builder(command), limits.bodyBytes(), connection::send);
  }

  @HostAccess.Export
  public void close(int code, String reason) {
    connection.close(new CloseStatus(code, reason));
  }

  /** The channels that the client itself has subscribed to, as JSON. */
  @HostAccess.Export
  public String asked() {
    return Json.value(List.copyOf(connection.subscriptions().asked()));
  }

  @HostAccess.Export
  public void revoke(String channel, int status, String reason) {
    connection.subscriptions().revoke(channel, Outcome.refused(status, reason));
  }

  @HostAccess.Export
  public void subscribe(String channel) {
    connection.subscribe(channel);
  }

  @HostAccess.Export
  public void unsubscribe(String channel) {
    connection.unsubscribe(channel);
  }
}
