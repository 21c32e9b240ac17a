package io.lhttp.filters.ratelimit;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The options of the filter {@code rate-limit}: one limit, as {@code {per: connection, rate: 100/s,
 * burst: 200}}, or a list {@code limits}. A message must fit all limits.
 *
 * @param per the parts of a message by which the limit counts; by default {@code connection}
 * @param rate the messages in a time
 * @param burst the most messages at once, 1 at least; by default the count of the rate
 * @param commands the commands whose messages count; by default all
 * @param limits several limits instead of one, or beside it; a message must fit all
 * @param refusals the number of refused messages in a row that closes the connection with 4429, 1
 *     at least
 * @param keys the most buckets that each limit keeps, 1 at least
 * @param newcomers the rate of all new keys together while the buckets of some keys had to be
 *     evicted early, so that a flood of keys gets no full buckets
 */
public record RateLimitOptions(
    Optional<KeyParts> per,
    Optional<Rate> rate,
    Optional<Integer> burst,
    List<String> commands,
    List<Limit> limits,
    int refusals,
    int keys,
    Rate newcomers) {
  public static final int DEFAULT_REFUSALS = 100;
  public static final int DEFAULT_KEYS = 100_000;
  public static final Rate DEFAULT_NEWCOMERS = Rate.parse("1000/s");

  RateLimitOptions() {
    this(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        DEFAULT_REFUSALS,
        DEFAULT_KEYS,
        DEFAULT_NEWCOMERS);
  }

  public RateLimitOptions {
    if (refusals < 1 || keys < 1) {
      throw new IllegalArgumentException("refusals and keys have to be positive");
    }
    commands = List.copyOf(commands);
    limits = List.copyOf(limits);
  }

  /** Returns a builder with the defaults, without a limit. */
  public static Builder builder() {
    return new RateLimitOptions().toBuilder();
  }

  /** Returns a builder with these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Returns options with these limits and the defaults. */
  public static RateLimitOptions of(Limit... limits) {
    return builder().limits(limits).build();
  }

  /**
   * Returns the limits.
   *
   * @throws IllegalArgumentException if there is no limit, or an incomplete one
   */
  List<Limit> all() {
    var single = per.isPresent() || burst.isPresent() || !commands.isEmpty();
    if (rate.isEmpty() && (single || limits.isEmpty())) {
      throw new IllegalArgumentException(
          limits.isEmpty()
              ? "expected a rate such as { per: connection, rate: 100/s }, or limits"
              : "per, burst and commands need a rate beside them");
    }
    var first =
        rate.map(each ->
            new Limit(per.orElseGet(() -> KeyParts.parse("connection")), each, burst, commands));
    return Stream.concat(first.stream(), limits.stream()).toList();
  }

  /**
   * Builds options in a program. The methods are named as the keys of a configuration file. Not
   * thread-safe.
   */
  public static final class Builder {
    private final RateLimitOptions from;
    private List<Limit> limits;
    private int refusals;
    private int keys;
    private Rate newcomers;

    private Builder(RateLimitOptions from) {
      this.from = from;
      limits = from.limits;
      refusals = from.refusals;
      keys = from.keys;
      newcomers = from.newcomers;
    }

    /** Sets the limits; a message must fit all of them. */
    public Builder limits(Limit... limits) {
      this.limits = List.of(limits);
      return this;
    }

    /**
     * Sets the number of refused messages in a row that closes the connection with 4429. Default:
     * 100.
     */
    public Builder refusals(int refusals) {
      this.refusals = refusals;
      return this;
    }

    /** Sets the most buckets that each limit keeps. Default: 100,000. */
    public Builder keys(int keys) {
      this.keys = keys;
      return this;
    }

    /**
     * Sets the rate of all new keys together after an early eviction. Default: 1,000 per second.
     */
    public Builder newcomers(Rate newcomers) {
      this.newcomers = newcomers;
      return this;
    }

    /**
     * @throws IllegalArgumentException if an option is wrong; the text names it
     */
    public RateLimitOptions build() {
      return new RateLimitOptions(
          from.per, from.rate, from.burst, from.commands, limits, refusals, keys, newcomers);
    }
  }
}
