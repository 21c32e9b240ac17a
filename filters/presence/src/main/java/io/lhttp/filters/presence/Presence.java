package io.lhttp.filters.presence;

import io.lhttp.AttributeKey;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Metric;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.ChannelName;
import io.lhttp.channel.MessageId;
import io.lhttp.filters.presence.PresenceLoop.Ticker;
import io.lhttp.message.Message;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the users that are subscribed to a channel, on all servers. It wraps the server's broker,
 * which reports subscriptions to it, and the pubsub filter passes the clients' requests to it:
 *
 * <pre>{@code
 * var presence = new Presence("room:*", PresenceRule.DEFAULT);
 * LhttpServer.builder()
 *     .broker(presence.over(new MemoryBroker()))
 *     .filter("pubsub", new PubSubFilter().with(presence))
 * }</pre>
 *
 * <p>Safe for all threads; no method blocks.
 */
public final class Presence {
  private static final Logger log = LoggerFactory.getLogger(Presence.class);

  /**
   * The attribute for the session that an anonymous client names, so that it is the same member
   * after a reconnect.
   */
  static final AttributeKey<String> SESSION =
      AttributeKey.of("lhttp.presence.session", String.class);

  private static final Pattern LIMIT = Pattern.compile("[1-9][0-9]{0,2}|1000");
  private static final String EVENTS = "presence-events";
  private static final int ID_BYTES = 9;

  private final Map<String, PresenceRule> rules;
  private final InstantSource clock;
  private final PresenceChannels channels;
  private final PresenceLoop loop;
  private final LongAdder malformed = new LongAdder();
  private final LongAdder newer = new LongAdder();
  private final AtomicBoolean newerLogged = new AtomicBoolean();

  /**
   * @param rules by pattern: a channel's name, or the beginning of names followed by {@code *}; the
   *     first match decides
   */
  public Presence(SequencedMap<String, PresenceRule> rules) {
    this(rules, InstantSource.system(), System::nanoTime, Ticker.onThread());
  }

  /** Creates the presence of the channels that match one pattern. */
  public Presence(String pattern, PresenceRule rule) {
    this(Map.of(pattern, rule), InstantSource.system(), System::nanoTime, Ticker.onThread());
  }

  Presence(
      Map<String, PresenceRule> rules, InstantSource clock, LongSupplier nanoTime, Ticker ticker) {
    this.rules = new LinkedHashMap<>(rules);
    this.clock = clock;
    var id = new byte[ID_BYTES];
    new SecureRandom().nextBytes(id);
    this.channels = new PresenceChannels(HexFormat.of().formatHex(id), clock, nanoTime);
    this.loop = new PresenceLoop(channels, nanoTime, ticker);
  }

  /**
   * Wraps the server's broker. Closing the returned broker also closes the wrapped one and this
   * presence.
   *
   * @throws IllegalStateException on a second call
   */
  public Broker over(Broker broker) {
    var wrapper = new PresenceBroker(broker, this);
    loop.broker(wrapper);
    return wrapper;
  }

  /**
   * Reads a client's header {@code presence-session}; called before the client is subscribed.
   *
   * @throws RefusedException 400 for a malformed {@code presence-session}
   */
  public void beforeSubscribing(Connection connection, Message request) {
    MessageId.keepSession(connection, request)
        .ifPresent(session -> connection.attributes().set(SESSION, session));
  }

  /**
   * Reads a client's header {@code presence-events}; called after the client is subscribed. With
   * {@code true} the client gets notifications of joins and leaves; any other value ends them.
   */
  public void afterSubscribing(Connection connection, Message request, List<String> subscribed) {
    var wanted = request.header(EVENTS);
    if (wanted.isEmpty()) {
      return;
    }
    for (var channel : subscribed) {
      var state = channels.find(channel);
      if (state != null) {
        state.presence.watch(connection, wanted.get().equals("true"));
        channels.watchChanged(connection.id(), state);
      }
    }
  }

  /** Whether a request's command is {@code presence}. */
  public boolean concerns(Message request) {
    return request.command().equals(PresenceMessages.COMMAND);
  }

  /**
   * Replies to the command {@code presence} with the members of its channel.
   *
   * @throws RefusedException 400 if the request is malformed, 403 if the connection is not
   *     subscribed, 404 if the channel has no presence
   */
  public Outcome answer(Exchange exchange) {
    var request = exchange.request();
    var channel =
        request.header("channel").orElseThrow(() -> new RefusedException(400, "no channel"));
    ChannelName.require(channel);
    var rule = rule(channel);
    if (rule == null && exchange.connection().subscriptions().channels().contains(channel)) {
      throw new RefusedException(404, "this channel has no presence");
    }
    var state = channels.find(channel);
    if (rule == null || state == null || !state.presence.has(exchange.connection().id())) {
      throw new RefusedException(403, "only who is subscribed may ask who is there");
    }
    var listing = state.presence.list(limit(request));
    var reply =
        exchange
            .reply()
            .header("channel", channel)
            .header("count", Integer.toString(listing.count()));
    if (!loop.complete(state)) {
      reply.header("complete", "false");
    }
    reply.body(rule.countOnly() ? "" : PresenceMessages.members(listing.members())).send();
    return Outcome.done();
  }

  /** Called when a connection has subscribed, or its user has changed. */
  void joined(Connection connection, String channel) {
    var rule = rule(channel);
    if (rule != null) {
      channels.join(channel, rule, Member.of(connection, clock.millis()));
    }
  }

  /**
   * Called when a connection has unsubscribed or ended.
   *
   * @param gone whether the connection has ended
   */
  void left(Connection connection, String channel, boolean gone) {
    channels.leave(connection.id(), channel, gone);
  }

  /** Receives a message of another server about a channel. */
  void receive(String channel, Message message) {
    if (ServerMessage.newer(message)) {
      ignoreNewer();
    } else {
      ServerMessage.read(message)
          .ifPresentOrElse(read -> loop.receive(channel, read), malformed::increment);
    }
  }

  private void ignoreNewer() {
    newer.increment();
    if (!newerLogged.getAndSet(true)) {
      log.warn(
          "ignoring presence messages of a later version until this server is"
              + " upgraded, known={}",
          ServerMessage.VERSION);
    }
  }

  /** The name by which other servers know this server. */
  String name() {
    return channels.server;
  }

  void start() {
    loop.start();
  }

  void close() {
    loop.close();
  }

  List<Metric> metrics() {
    var metrics = new ArrayList<>(loop.metrics());
    metrics.add(
        Metric.counter(
            "presence_malformed",
            "Presence messages of other servers that could not be read.",
            malformed.sum()));
    metrics.add(
        Metric.counter(
            "presence_unsupported_version",
            "Presence messages ignored because a server of a later version sent them.",
            newer.sum()));
    return metrics;
  }

  /** Whether the channel has presence. */
  boolean covers(String channel) {
    return rule(channel) != null;
  }

  private @Nullable PresenceRule rule(String channel) {
    for (var entry : rules.entrySet()) {
      if (ChannelName.fits(entry.getKey(), channel)) {
        return entry.getValue();
      }
    }
    return null;
  }

  private static int limit(Message request) {
    var limit = request.header("limit");
    if (limit.isEmpty()) {
      return PresenceMessages.MEMBERS;
    }
    if (!LIMIT.matcher(limit.get()).matches()) {
      throw new RefusedException(400, "limit is a number from 1 to 1000");
    }
    return Integer.parseInt(limit.get());
  }
}
