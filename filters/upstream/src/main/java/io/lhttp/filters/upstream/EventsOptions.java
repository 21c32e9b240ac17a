package io.lhttp.filters.upstream;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Where connection events go, and how.
 *
 * @param to one URL; each event is a POST to it
 * @param on which events; none stands for all
 * @param addresses that may be dialled although they are not public; the address or {@code
 *     localhost} that stands in the URL counts as allowed
 * @param secret signs events, as {@link UpstreamOptions#secret} does requests
 * @param delivery how hard it is tried, where not as {@link Delivery#DEFAULT} says
 */
public record EventsOptions(
    AllowRule to,
    List<Event> on,
    List<Network> addresses,
    Optional<String> secret,
    Optional<Delivery> delivery) {

  /** What happens to a connection. */
  public enum Event {
    OPEN,
    SUBSCRIBE,
    UNSUBSCRIBE,
    /** It has ended, and all of its subscriptions with it. */
    CLOSE
  }

  /**
   * How hard it is tried.
   *
   * @param connectTimeout for a connection to come about
   * @param timeout for one attempt
   * @param pause after the first attempt that failed; each further pause is twice as long
   * @param longestPause that pauses grow to
   * @param attempts after which an event is given up
   * @param concurrency events under way
   * @param queue events that wait; more are given up at once
   * @param farewell how long a chain that ends waits for its last events
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
      UpstreamOptions.positive("connect-timeout", connectTimeout);
      UpstreamOptions.positive("timeout", timeout);
      UpstreamOptions.positive("pause", pause);
      UpstreamOptions.positive("longest-pause", longestPause);
      UpstreamOptions.atLeast("attempts", attempts, 1);
      UpstreamOptions.atLeast("concurrency", concurrency, 1);
      UpstreamOptions.atLeast("queue", queue, 1);
    }
  }

  public EventsOptions {
    on = on.isEmpty() ? List.of(Event.values()) : List.copyOf(on);
    addresses = List.copyOf(addresses);
    if (to.url().isEmpty()) {
      throw new IllegalArgumentException("'to' is one URL, without any '*'");
    }
    secret.ifPresent(UpstreamOptions::requireLong);
  }

  /** All events to this URL. */
  public static EventsOptions to(String url) {
    return new EventsOptions(
        AllowRule.parse(url), List.of(), List.of(), Optional.empty(), Optional.empty());
  }

  /** A builder of options for all events to this URL. */
  public static Builder builder(String url) {
    return to(url).toBuilder();
  }

  /** A builder that starts from these. */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** For programs; a configuration file has the components' names as keys. Not thread-safe. */
  public static final class Builder {
    private final AllowRule to;
    private List<Event> on;
    private List<Network> addresses;
    private Optional<String> secret;
    private Optional<Delivery> delivery;

    private Builder(EventsOptions from) {
      to = from.to;
      on = from.on;
      addresses = from.addresses;
      secret = from.secret;
      delivery = from.delivery;
    }

    public Builder on(Event... events) {
      on = List.of(events);
      return this;
    }

    public Builder addresses(String... networks) {
      addresses = List.of(networks).stream().map(Network::parse).toList();
      return this;
    }

    public Builder secret(String secret) {
      this.secret = Optional.of(secret);
      return this;
    }

    public Builder delivery(Delivery delivery) {
      this.delivery = Optional.of(delivery);
      return this;
    }

    /**
     * @throws IllegalArgumentException names the option that is wrong
     */
    public EventsOptions build() {
      return new EventsOptions(to, on, addresses, secret, delivery);
    }
  }
}
