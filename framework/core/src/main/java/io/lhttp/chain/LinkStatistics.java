package io.lhttp.chain;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * What a link has done since its name came into the chain, through all generations that had it; an
 * immutable snapshot.
 *
 * @param name the filter's name, the processor's command
 * @param messages that reached it
 * @param failures how often it threw what is no refusal, {@code onOpen} and {@code onClose}
 *     included
 * @param refusals what it refused or closed itself, not what a link behind it did
 * @param recent whom it refused last, newest first; a bounded number
 * @param time of its own, without that of the links behind it
 */
public record LinkStatistics(
    Kind kind,
    String name,
    long messages,
    long failures,
    List<Refusals> refusals,
    List<Refused> recent,
    Latency time) {
  /** Stands for every command that has no processor: clients can think of as many as they like. */
  public static final String NO_PROCESSOR = "no processor";

  /** What kind of a link it is. */
  public enum Kind {
    /** All links together: its time is a message's whole, its refusals are all there were. */
    CHAIN,
    FILTER,
    PROCESSOR;

    /** As metrics and logs call it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How often a command was refused with a status.
   *
   * @param command one with a processor, or {@link #NO_PROCESSOR}
   * @param status 400 to 599, or the code that the connection was closed with
   */
  public record Refusals(String command, int status, long count) {}

  /**
   * Somebody who was refused.
   *
   * @param connection the last one
   * @param user empty for nobody in particular
   * @param command as the client wrote it
   * @param times how often, since it was first among the recent ones
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
