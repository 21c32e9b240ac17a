package io.lhttp.chain;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * An immutable snapshot of one link's figures, over all generations that had a link of this name.
 *
 * @param name the filter's name, or the processor's command
 * @param messages that reached the link
 * @param failures exceptions that are no refusal, {@code onOpen} and {@code onClose} included
 * @param refusals of this link itself, not of a link behind it
 * @param recent the clients that the link refused last, newest first; bounded
 * @param time the link's own, without that of the links behind it
 */
public record LinkStatistics(
    Kind kind,
    String name,
    long messages,
    long failures,
    List<Refusals> refusals,
    List<Refused> recent,
    Latency time) {
  /**
   * The command in statistics for all commands without a processor, because clients can invent any
   * number of commands.
   */
  public static final String NO_PROCESSOR = "no processor";

  /** The kind of a link. */
  public enum Kind {
    /** All links together: the whole time of a message, and all refusals. */
    CHAIN,
    FILTER,
    PROCESSOR;

    /** The name in metrics and logs. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How often a link refused a command with a status.
   *
   * @param command one with a processor, or {@link #NO_PROCESSOR}
   * @param status 400 to 599, or the code that closed the connection
   */
  public record Refusals(String command, int status, long count) {}

  /**
   * A client that a link refused.
   *
   * @param connection the id of the client's last connection
   * @param user empty for an anonymous client
   * @param command as the client wrote it
   * @param times how often the link has refused the client since the client entered this list
   */
  public record Refused(
      String connection,
      String user,
      String address,
      String command,
      int status,
      String reason,
      long times,
      Instant last) {}

  public LinkStatistics {
    refusals = List.copyOf(refusals);
    recent = List.copyOf(recent);
  }
}
