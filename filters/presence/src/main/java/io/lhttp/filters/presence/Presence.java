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
import io.lhttp.message.Message;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows who is subscribed to a channel, on all servers. Wraps the broker that it is told by, and is
 * given to the filter that clients ask through:
 *
 * <pre>{@code
 * var presence = new Presence(Map.of("room:*", PresenceRule.DEFAULT));
 * LhttpServer.builder()
 *     .broker(presence.over(new MemoryBroker()))
 *     .filter("pubsub", new PubSubFilter().with(presence))
 * }</pre>
 *
 * <p>Safe for all threads; no method blocks.
 */
public final class Presence {
  private static final Logger log = LoggerFactory.getLogger(Presence.class);

  /** What a client that nobody knows calls itself, so that it is the same one when it is back. */
  static final AttributeKey<String> SESSION = AttributeKey.of("presence.session");

  private static final Pattern SESSION_FORM = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern LIMIT = Pattern.compile("[1-9][0-9]{0,2}|1000");
  private static final String EVENTS = "presence-events";
  private static final String SESSION_HEADER = "presence-session";
  private static final int ID_BYTES = 9;

  private final Map<String, PresenceRule> rules;
  private final InstantSource clock;
  private final PresenceLoop loop;
  private final LongAdder malformed = new LongAdder();
  private final LongAdder newer = new LongAdder();
  private final AtomicBoolean complained = new AtomicBoolean();

  /**
   * @param rules by a channel's name, or the beginning of one and {@code *}: the first that fits
   *     decides
   */
  public Presence(Map<String, PresenceRule> rules) {
    this(rules, InstantSource.system(), System::nanoTime);
  }

  Presence(Map<String, PresenceRule> rules, InstantSource clock, LongSupplier nanoTime) {
    this.rules = new LinkedHashMap<>(rules);
    this.clock = clock;
    var id = new byte[ID_BYTES];
    new SecureRandom().nextBytes(id);
    this.loop = new PresenceLoop(HexFormat.of().formatHex(id), clock, nanoTime);
  }

  /**
   * The broker that a server is to be given. To close it is to close both.
   *
   * @throws IllegalStateException when it is called again
   */
  public Broker over(Broker broker) {
    var carrier = new PresenceBroker(broker, this);
    loop.carriedBy(carrier);
    return carrier;
  }

  /**
   * Takes what a client says of itself, before it is subscribed.
   *
   * @throws RefusedException 400 for a malformed {@code presence-session}
   */
  public void beforeSubscribing(Connection connection, Message request) {
    var session = request.header(SESSION_HEADER);
    if (session.isPresent()) {
      if (!SESSION_FORM.matcher(session.get()).matches()) {
        throw new RefusedException(400, "presence-session has 1 to 64 letters, digits, _ and -");
      }
      connection.attributes().set(SESSION, session.get());
      connection.attributes().set(MessageId.SESSION, session.get());
    }
  }

  /** Takes what a client wants to be told of, once it is subscribed. */
  public void afterSubscribing(Connection connection, Message request, List<String> channels) {
    var wanted = request.header(EVENTS);
    if (wanted.isEmpty()) {
      return;
    }
    for (var channel : channels) {
      var state = loop.state(channel);
      if (state != null) {
        state.presence.watch(connection, wanted.get().equals("true"));
        loop.watched(connection.id(), state);
      }
    }
  }

  /** Whether this asks who is there. */
  public boolean concerns(Message request) {
    return request.command().equals(PresenceMessages.COMMAND);
  }

  /**
   * Answers who is there.
   *
   * @throws RefusedException 400 for a malformed question, 403 for who is not subscribed, 404 where
   *     it is not told
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
    var state = loop.state(channel);
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

  void joined(Connection connection, String channel) {
    var rule = rule(channel);
    if (rule != null) {
      loop.joined(channel, rule, Member.of(connection, clock.millis()));
    }
  }

  void left(Connection connection, String channel, boolean gone) {
    loop.left(connection.id(), channel, gone);
  }

  /** Another server has told something. */
  void heard(String channel, Message message) {
    if (ServerMessage.newer(message)) {
      leaveOut();
    } else {
      ServerMessage.read(message).ifPresentOrElse(wire -> loop.heard(channel, wire), malformed::increment);
    }
  }

  private void leaveOut() {
    newer.increment();
    if (!complained.getAndSet(true)) {
      log.warn(
          "ignoring presence messages of a later version until this server is"
              + " upgraded, known={}",
          ServerMessage.VERSION);
    }
  }

  /** The name of this server among servers. */
  String name() {
    return loop.server;
  }

  void start() {
    loop.start();
  }

  /** One look at what is to be done; for tests. */
  void tick() {
    loop.tick();
  }

  void close() {
    loop.close();
  }

  List<Metric> metrics() {
    var metrics = loop.metrics();
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
