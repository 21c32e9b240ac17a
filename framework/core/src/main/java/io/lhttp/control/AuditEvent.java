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
  /** The longest target and result, in characters; longer ones are cut. */
  public static final int MAX_LENGTH = 500;

  public AuditEvent {
    target = cut(target);
    result = cut(result);
    servers = List.copyOf(servers);
    silent = List.copyOf(silent);
  }

  private static String cut(String text) {
    return text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "…";
  }
}
