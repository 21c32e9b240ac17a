package io.lhttp.control;

import java.time.Instant;
import java.util.List;

/**
 * One call of an operation, or one reload or rollback. It contains no payload, token or secret.
 *
 * @param at when the call ended
 * @param method the operation's name, such as {@code disconnect}
 * @param target such as {@code user alice}; empty without one
 * @param result such as {@code 3 connections} or {@code 400 …}
 * @param servers the ids of the servers that answered
 * @param silent the ids of the servers that did not answer
 */
public record AuditEvent(
    Instant at,
    Actor actor,
    String method,
    String target,
    String result,
    List<String> servers,
    List<String> silent) {
  public AuditEvent {
    servers = List.copyOf(servers);
    silent = List.copyOf(silent);
  }
}
