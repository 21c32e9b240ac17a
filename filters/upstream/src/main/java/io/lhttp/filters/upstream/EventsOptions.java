package io.lhttp.filters.upstream;

import io.lhttp.AddressBlock;
import io.lhttp.Secrets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The options of the filter {@code events}: the backend, and the limits of deliveries.
 *
 * @param to the URL to which each event is sent as a POST
 * @param on the events that are sent; `open`, `subscribe`, `unsubscribe` and `close` by default
 * @param channels the channels of `occupied` and `vacated`, by name, or by the beginning of names
 *     followed by `*`; all by default
 * @param addresses allowed addresses that are not public; the address or {@code localhost} in the
 *     URL is allowed anyway
 * @param secret signs events as the filter {@code upstream} signs requests; of 16 characters at
 *     least
 * @param delivery the limits of attempts
 */
public record EventsOptions(
    AllowRule to,
    List<Event> on,
    List<String> channels,
    List<AddressBlock> addresses,
    Optional<Secrets> secret,
    Optional<Delivery> delivery) {

  private static final List<Event> DEFAULT =
      List.of(Event.OPEN, Event.SUBSCRIBE, Event.UNSUBSCRIBE, Event.CLOSE);

  /** An event of a connection or of a channel. */
  public enum Event {
    /** A connection was opened. */
    OPEN,
    /** A connection has got a user, or another one. */
    AUTHENTICATED,
    /** A message has subscribed to channels. */
    SUBSCRIBE,
    /** A message has unsubscribed from channels. */
    UNSUBSCRIBE,
    /** The connection has ended, with all of its subscriptions. */
    CLOSE,
    /** A channel has got its first subscriber on all servers. */
    OCCUPIED,
    /** A channel has lost its last subscriber on all servers. */
    VACATED
  }

  /**
   * The limits of attempts.
   *
   * @param connectTimeout the longest time to open a connection
   * @param timeout the longest time of one attempt
   * @param pause the pause after the first failed attempt; each further pause is twice as long
   * @param longestPause the longest pause
   * @param attempts the number of attempts after which an event is dropped
   * @param concurrency the most events that are sent at the same time
   * @param queue the most events that wait; further events are dropped at once. One client has at
   *     most half of the places, two have a third each, and so on
   * @param farewell the longest time that a filter waits for undelivered events after a reload or a
   *     stop has closed it
   */
  public record Delivery(
      Duration connectTimeout,
      Duration timeout,
      Duration pause,
      Duration longestPause,
      int attempts,
      int concurrency,
      int queue,
      Duration farewell) {
    /** 8 attempts within half a minute; 10,000 events may wait. */
    public static final Delivery DEFAULT =
        new Delivery(
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofMillis(250),
            Duration.ofSeconds(10),
            8,
            16,
            10_000,
            Duration.ofSeconds(5));

    public Delivery {
      OptionChecks.positive("connect-timeout", connectTimeout);
      OptionChecks.positive("timeout", timeout);
      OptionChecks.positive("pause", pause);
      OptionChecks.positive("longest-pause", longestPause);
      OptionChecks.atLeast("attempts", attempts, 1);
      OptionChecks.atLeast("concurrency", concurrency, 1);
      OptionChecks.atLeast("queue", queue, 1);
    }
  }

  public EventsOptions {
    on = on.isEmpty() ? DEFAULT : List.copyOf(on);
    if (!channels.isEmpty() && !on.contains(Event.OCCUPIED) && !on.contains(Event.VACATED)) {
      throw new IllegalArgumentException("'channels' needs 'on: [ occupied, vacated ]'");
    }
    channels = channels.isEmpty() ? List.of("*") : List.copyOf(channels);
    addresses = List.copyOf(addresses);
    if (to.url().isEmpty()) {
      throw new IllegalArgumentException("'to' is one URL, without any '*'");
    }
    secret.ifPresent(OptionChecks::secret);
  }

  /** Returns options that send the default events to this URL. */
  public static EventsOptions to(String url) {
    return new EventsOptions(
        AllowRule.parse(url), List.of(), List.of(), List.of(), Optional.empty(), Optional.empty());
  }

  /** Returns a builder of options that send the default events to this URL. */
  public static Builder builder(String url) {
    return to(url).toBuilder();
  }

  /** Whether events of channels are sent, for which all servers have to know each other. */
  public boolean ofChannels() {
    return on.contains(Event.OCCUPIED) || on.contains(Event.VACATED);
  }

  /** Returns a builder with these options. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Builds options in a program. The methods are named as the keys of a configuration file. Not
   * thread-safe.
   */
  public static final class Builder {
    private final AllowRule to;
    private List<Event> on;
    private List<String> channels;
    private List<AddressBlock> addresses;
    private Optional<Secrets> secret;
    private Optional<Delivery> delivery;

    private Builder(EventsOptions from) {
      to = from.to;
      on = from.on;
      channels = from.channels.equals(List.of("*")) ? List.of() : from.channels;
      addresses = from.addresses;
      secret = from.secret;
      delivery = from.delivery;
    }

    /** Sets the events that are sent. Default: open, subscribe, unsubscribe and close. */
    public Builder on(Event... events) {
      on = List.of(events);
      return this;
    }

    /** Sets the channels of {@code occupied} and {@code vacated}. Default: all. */
    public Builder channels(String... patterns) {
      channels = List.of(patterns);
      return this;
    }

    /**
     * Allows addresses that are not public, in CIDR notation. Default: none but that of the URL.
     */
    public Builder addresses(String... blocks) {
      addresses = Stream.of(blocks).map(AddressBlock::parse).toList();
      return this;
    }

    /** Sets the key with which the filter signs events. Default: events are not signed. */
    public Builder secret(String secret) {
      return secrets(Secrets.of(secret));
    }

    /**
     * Sets the keys with which the filter signs: with the first, and with the second in a header of
     * its own. Default: none.
     */
    public Builder secrets(Secrets secrets) {
      this.secret = Optional.of(secrets);
      return this;
    }

    /** Sets the limits of attempts. Default: {@link Delivery#DEFAULT}. */
    public Builder delivery(Delivery delivery) {
      this.delivery = Optional.of(delivery);
      return this;
    }

    /**
     * @throws IllegalArgumentException if an option is wrong; the text names it
     */
    public EventsOptions build() {
      return new EventsOptions(to, on, channels, addresses, secret, delivery);
    }
  }
}
