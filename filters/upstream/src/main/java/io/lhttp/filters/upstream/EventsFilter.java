package io.lhttp.filters.upstream;

import io.lhttp.Chain;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.HandsOver;
import io.lhttp.KeepsRoute;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.NonBlocking;
import io.lhttp.Outcome;
import io.lhttp.Surroundings;
import io.lhttp.channel.ChannelName;
import io.lhttp.filters.occupancy.Occupancy;
import io.lhttp.filters.occupancy.OccupancyEvent;
import io.lhttp.filters.occupancy.OccupancyListener;
import io.lhttp.filters.upstream.EventsOptions.Event;
import io.lhttp.message.Headers;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Sends events of connections and channels to a backend: a POST for each event, with a JSON object
 * such as {@code {"event":"subscribe","connection":"…","user":"mike","sequence":2,"time":"…",
 * "channels":["kitchen"]}}.
 *
 * <p>A connection's events arrive in order, each at least once. A failed attempt is repeated after
 * a pause, and {@code sequence} identifies repetitions. The filter counts and logs events that it
 * could not deliver.
 *
 * <p>The events {@code occupied} and {@code vacated} of channels need {@link #with}. Each channel
 * has them in order, too, and its last state is sent until the backend has taken it.
 *
 * <p>In the chain this filter must come before the pub/sub filter; it reports subscriptions once
 * they exist. It stands behind filters that authenticate, so that it sees their users. It never
 * waits for the backend.
 */
@KeepsRoute
@NonBlocking
public final class EventsFilter implements Filter, HandsOver<String>, MetricSource, AutoCloseable {
  private static final String SUBSCRIBE = "subscribe";
  private static final String UNSUBSCRIBE = "unsubscribe";

  private final EventsOptions options;
  private final Webhooks webhooks;
  private final Optional<Occupancy> occupancy;
  private final OccupancyListener listener = new Listener();

  public EventsFilter(EventsOptions options) {
    this(options, Surroundings.REAL);
  }

  /**
   * Creates a filter with other surroundings. If they answer HTTP requests, each event is sent at
   * once, with a single attempt.
   */
  public EventsFilter(EventsOptions options, Surroundings surroundings) {
    this(
        options,
        HttpClients.of(surroundings),
        surroundings.clock(),
        surroundings.http().isPresent());
  }

  EventsFilter(EventsOptions options, HttpClients http, InstantSource clock) {
    this(options, http, clock, false);
  }

  private EventsFilter(
      EventsOptions options, HttpClients http, InstantSource clock, boolean atOnce) {
    this.options = options;
    this.webhooks = new Webhooks(options, http, clock, atOnce);
    this.occupancy = Optional.empty();
  }

  private EventsFilter(EventsFilter from, Occupancy occupancy) {
    this.options = from.options;
    this.webhooks = from.webhooks;
    this.occupancy = Optional.of(occupancy);
  }

  /**
   * Returns this filter with the events {@code occupied} and {@code vacated}, if its options name
   * them; use it in place of this one.
   *
   * @param occupancy has to be over the server's broker
   */
  public EventsFilter with(Occupancy occupancy) {
    return options.ofChannels() ? new EventsFilter(this, occupancy) : this;
  }

  /** Sends the events of channels for this filter. */
  private final class Listener implements OccupancyListener {
    @Override
    public String name() {
      return options.to().text();
    }

    @Override
    public boolean covers(String channel) {
      for (var pattern : options.channels()) {
        if (ChannelName.fits(pattern, channel)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public void report(OccupancyEvent event, End end) {
      if (options.on().contains(event.occupied() ? Event.OCCUPIED : Event.VACATED)) {
        webhooks.send(event, end);
      } else {
        end.reported(true);
      }
    }
  }

  /** Gives nothing; the successor with the same backend goes on with the channels' events. */
  @Override
  public Optional<String> handOver() {
    return Optional.empty();
  }

  @Override
  public void takeOver(Optional<String> nothing) {
    occupancy.ifPresent(over -> over.add(listener));
  }

  @Override
  public void onOpen(Connection connection) {
    if (options.on().contains(Event.OPEN)) {
      webhooks.open(connection);
    }
    reportUser(connection);
  }

  /** Reports a connection that was opened before, unless a filter with this backend has done so. */
  @Override
  public void onJoin(Connection connection) {
    onOpen(connection);
  }

  /** Reports a user who was set between two messages. */
  @Override
  public void onReview(Connection connection) {
    reportUser(connection);
  }

  /** Reports nothing, because the connection stays open. */
  @Override
  public void onLeave(Connection connection) {}

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var outcome = chain.proceed(exchange);
    reportUser(exchange.connection());
    if (outcome instanceof Outcome.Done) {
      var headers = exchange.request().headers();
      report(Event.SUBSCRIBE, exchange.connection(), headers, SUBSCRIBE);
      report(Event.UNSUBSCRIBE, exchange.connection(), headers, UNSUBSCRIBE);
    }
    return outcome;
  }

  @Override
  public void onClose(Connection connection) {
    reportUser(connection);
    report(Event.CLOSE, connection, List.of());
  }

  @Override
  public List<Metric> metrics() {
    return webhooks.metrics();
  }

  /**
   * Waits for undelivered events, at most for {@link EventsOptions.Delivery#farewell}, and then
   * drops them.
   */
  @Override
  public void close() {
    webhooks.close();
    occupancy.ifPresent(over -> over.remove(listener));
  }

  private void reportUser(Connection connection) {
    if (options.on().contains(Event.AUTHENTICATED)) {
      webhooks.authenticated(connection);
    }
  }

  private void report(Event event, Connection connection, Headers headers, String header) {
    if (headers.has(header)) {
      report(event, connection, headers.distinctWords(header));
    }
  }

  private void report(Event event, Connection connection, List<String> channels) {
    if (options.on().contains(event)) {
      webhooks.send(event, connection, channels);
    }
  }
}
