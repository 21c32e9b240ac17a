package io.lhttp.app.api.method;

import io.lhttp.app.api.json.Choices;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** All methods of the server API. */
public enum Method {
  PUBLISH("Publish a message to a channel.", Publish.class, Publish.Answer.class),
  BROADCAST("Publish one message to several channels.", Broadcast.class, Broadcast.Answer.class),
  BATCH("Run several methods, each with its own answer.", Batch.class, Batch.Answer.class),
  SUBSCRIBE("Subscribe connections to channels.", Subscribe.class, Changed.class),
  UNSUBSCRIBE("End subscriptions of connections.", Unsubscribe.class, Changed.class),
  DISCONNECT("Close connections.", Disconnect.class, Changed.class),
  REFRESH("Change the logins of open connections.", Refresh.class, Changed.class),
  REVOKE(
      "Revoke tokens: their connections are closed, and they are refused.",
      Revoke.class,
      Changed.class),
  UNREVOKE("Remove an entry from the list of revoked tokens.", Unrevoke.class, Removed.class),
  BLOCK("Block a user, whatever the token.", Block.class, Changed.class),
  UNBLOCK("End the block of a user.", Unblock.class, Removed.class),
  REVOCATIONS("List the revoked tokens.", ListRevocations.class, RevocationsPage.class),
  BLOCKED("List the blocked users.", ListBlocked.class, RevocationsPage.class),
  PRESENCE(
      "List the users who are subscribed to a channel.", Presence.class, Presence.Answer.class),
  PRESENCE_STATS(
      "Count the subscribers of a channel.", PresenceStats.class, PresenceStats.Answer.class),
  HISTORY("Read a channel's history.", History.class, History.Answer.class),
  HISTORY_RESET(
      "Forget a channel's history, so that a new epoch begins.",
      HistoryReset.class,
      HistoryReset.Answer.class),
  CHANNELS("List channels with subscribers.", ListChannels.class, ListChannels.Answer.class),
  CONNECTIONS("List open connections.", ListConnections.class, ListConnections.Answer.class),
  INFO("List the servers.", Info.class, Info.Answer.class),
  AUDIT("List the latest events of this server's audit log.", Audit.class, Audit.Answer.class);

  private static final Map<String, Method> BY_WORD = new LinkedHashMap<>();

  static {
    for (var method : values()) {
      BY_WORD.put(method.word(), method);
    }
  }

  private final String summary;
  private final Class<? extends Record> command;
  private final Class<? extends Record> answer;

  Method(String summary, Class<? extends Record> command, Class<? extends Record> answer) {
    this.summary = summary;
    this.command = command;
    this.answer = answer;
  }

  /** Returns the method of this name, such as {@code history-reset}; empty for another text. */
  public static Optional<Method> of(String word) {
    return Optional.ofNullable(BY_WORD.get(word));
  }

  /** The names of all methods. */
  public static List<String> words() {
    return List.copyOf(BY_WORD.keySet());
  }

  /** The methods of a batch, for each the record of its fields. */
  public static Choices choices() {
    var commands = new LinkedHashMap<String, Class<? extends Record>>();
    Arrays.stream(values())
        .filter(method -> method != BATCH)
        .forEach(method -> commands.put(method.word(), method.command));
    return new Choices(Map.of(Command.class, commands));
  }

  /** Returns the method of a command. */
  public static Method of(Command command) {
    return Arrays.stream(values())
        .filter(method -> method.command == command.getClass())
        .findFirst()
        .orElseThrow();
  }

  /** The name of the method, such as {@code history-reset}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** One sentence about the method. */
  public String summary() {
    return summary;
  }

  /** The type of its fields, which is a {@link Command}. */
  public Class<? extends Record> command() {
    return command;
  }

  /** The type of its answer. */
  public Class<? extends Record> answer() {
    return answer;
  }
}
