package io.lhttp.filters.pubsub;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.NonBlocking;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.SubscriptionRequest;
import io.lhttp.channel.ChannelName;
import io.lhttp.channel.MessageId;
import io.lhttp.channel.Publications;
import io.lhttp.filters.presence.Presence;
import io.lhttp.message.Headers;
import java.util.List;
import java.util.Optional;

/**
 * Handles the headers {@code subscribe}, {@code publish} and {@code unsubscribe}, in this order,
 * after the links behind this filter have handled the message. All threads may use it.
 *
 * <p>These links may rewrite or refuse the message. Subscribers get the rewritten message without
 * the headers that only the server may see ({@link Publications}). A channel that a header names
 * twice counts once.
 */
@KeepsRoute
@NonBlocking
public final class PubSubFilter implements Filter {
  /** The default limit of channels in one header. */
  public static final int DEFAULT_CHANNELS = 64;

  private static final String SUBSCRIBE = "subscribe";
  private static final String PUBLISH = "publish";
  private static final String UNSUBSCRIBE = "unsubscribe";

  private final int maxChannels;
  private final Optional<Presence> presence;

  public PubSubFilter() {
    this(DEFAULT_CHANNELS);
  }

  /**
   * Creates a filter with another limit of channels in one header; a header with more is refused
   * with 413.
   */
  public PubSubFilter(int maxChannels) {
    this(maxChannels, Optional.empty());
  }

  private PubSubFilter(int maxChannels, Optional<Presence> presence) {
    if (maxChannels < 1) {
      throw new IllegalArgumentException("maxChannels has to be positive: " + maxChannels);
    }
    this.maxChannels = maxChannels;
    this.presence = presence;
  }

  /**
   * Returns a copy of this filter with presence: it answers the command {@code presence}, and
   * notifies clients that request it.
   */
  public PubSubFilter with(Presence presence) {
    return new PubSubFilter(maxChannels, Optional.of(presence));
  }

  @Override
  public Outcome filter(Exchange exchange, Chain chain) throws Exception {
    var message = exchange.request();
    if (MessageId.in(message)) { // a processor may publish the message, so its id is checked first
      var unused = MessageId.keepSession(exchange.connection(), message);
    }
    var outcome = chain.proceed(exchange);
    if (!(outcome instanceof Outcome.Done done)) {
      return outcome;
    }
    if (hasChannels(exchange.request().headers())) {
      return handle(exchange);
    }
    return !done.handled() && presence.isPresent() && presence.get().concerns(exchange.request())
        ? presence.get().answer(exchange)
        : outcome;
  }

  /** Subscribes, publishes and unsubscribes, after all channel names were checked. */
  private Outcome handle(Exchange exchange) {
    var request = exchange.request();
    var subscribe = channels(request.headers(), SUBSCRIBE);
    var publish = channels(request.headers(), PUBLISH);
    var unsubscribe = channels(request.headers(), UNSUBSCRIBE);
    var history = HistoryRequests.of(request, subscribe);
    if (presence.isPresent() && !subscribe.isEmpty()) {
      presence.get().beforeSubscribing(exchange.connection(), request);
    }
    if (!subscribe.isEmpty()) {
      exchange
          .connection()
          .subscriptions()
          .subscribe(new SubscriptionRequest(subscribe, history, Optional.of(exchange.received())));
    }
    if (presence.isPresent() && !subscribe.isEmpty()) {
      presence.get().afterSubscribing(exchange.connection(), request, subscribe);
    }
    if (!publish.isEmpty()) {
      var published = Publications.stripped(request); // stripped once for all channels
      publish.forEach(channel -> exchange.publish(channel, published));
    }
    unsubscribe.forEach(exchange.connection()::unsubscribe);
    return Outcome.done();
  }

  /** Returns the channels that a header names, each once. */
  private List<String> channels(Headers headers, String name) {
    if (!headers.has(name)) {
      return List.of();
    }
    var channels = headers.distinctWords(name);
    if (channels.isEmpty()) {
      throw new RefusedException(400, "the header " + name + " names no channel");
    }
    if (channels.size() > maxChannels) {
      throw new RefusedException(413, "more than " + maxChannels + " channels in one header");
    }
    channels.forEach(ChannelName::require);
    return channels;
  }

  /** Whether a message has one of the filter's headers. */
  private static boolean hasChannels(Headers headers) {
    return headers.has(PUBLISH) || headers.has(SUBSCRIBE) || headers.has(UNSUBSCRIBE);
  }
}
