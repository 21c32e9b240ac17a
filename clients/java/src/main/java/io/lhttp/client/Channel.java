package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A channel to which the application subscribes: its state, and the position of its last delivery.
 * The client's lock guards it.
 */
final class Channel {
  /** The states of a channel, see docs/client-states.md. */
  enum State {
    /** The application has subscribed, and no connection is open. */
    WANTED,
    /** The client has sent {@code subscribe}, and waits for the answer. */
    JOINING,
    /**
     * The server has refused for now, or has not answered. After a pause the client sends {@code
     * subscribe} again.
     */
    PAUSING,
    /** The server has acknowledged the subscription. */
    JOINED,
    /**
     * The application has unsubscribed; the client has sent {@code unsubscribe}, or will send it
     * again.
     */
    LEAVING,
    /** The client keeps no state of the channel. */
    LEFT
  }

  /** How the client handles a delivery. */
  enum Arrival {
    NEXT,
    /** The delivery is passed on, but messages before it may be lost. */
    AFTER_A_GAP,
    /**
     * The delivery is dropped, because the replay that the client has requested brings it again.
     */
    AGAIN
  }

  /** A request about the channel that waits for its answer. */
  interface Step {
    /** Called when a later request has replaced this one, or the channel was left. */
    default void superseded() {}
  }

  private static final String NOW = "now";

  final String name;
  List<Subscription> subscribers = List.of();

  /** Whether the server's code has subscribed this client. */
  boolean byServer;

  /** The number of subscription replies in a row that came without a history. */
  int recoveries;

  private State state = State.WANTED;

  /** The latest request about the channel. The answers to older requests are ignored. */
  private @Nullable Step step;

  /** The position of the last delivery; empty while the client knows of no history. */
  private String position = "";

  /**
   * The number of newest messages that {@code subscribe} requests; empty after the subscription
   * reply.
   */
  private OptionalInt last = OptionalInt.empty();

  /**
   * The id of the {@code subscribe} whose subscription reply has not come yet; empty if none is
   * missing.
   */
  private String asked = "";

  private Optional<Consumer<Present>> presence = Optional.empty();
  private PresenceList members = new PresenceList();

  Channel(String name) {
    this.name = name;
  }

  /** Resets the channel, and remembers the options of its first subscription. */
  void begin(SubscribeOptions options) {
    position = options.since().orElse("");
    last = options.last();
    presence = options.presence();
    asked = "";
    recoveries = 0;
    members = new PresenceList();
  }

  /** Begins a subscription that the server has made. */
  void beginByServer(Message reply) {
    begin(SubscribeOptions.NONE);
    position = positionIn(reply);
    enter(State.JOINED, null);
  }

  /** Whether neither the application nor the server wants the channel any more. */
  boolean abandoned() {
    return subscribers.isEmpty() && !byServer;
  }

  State state() {
    return state;
  }

  void enter(State state, @Nullable Step step) {
    var before = this.step;
    this.state = state;
    this.step = step;
    if (before != null && !before.equals(step)) {
      before.superseded();
    }
  }

  boolean isAt(Step step) {
    return step.equals(this.step);
  }

  String since() {
    return position.isEmpty() ? NOW : position;
  }

  OptionalInt last() {
    return last;
  }

  Optional<Consumer<Present>> presence() {
    return presence;
  }

  boolean hasPosition() {
    return !position.isEmpty();
  }

  /**
   * Whether the channel needs a {@code subscribe} of its own, because {@code last} and {@code
   * presence-events} count for a whole message.
   */
  boolean needsOwnMessage() {
    return last.isPresent() || presence.isPresent();
  }

  /**
   * Waits for the subscription reply to the request with this id; an empty id means that none is
   * expected.
   */
  void awaitSubscriptionReply(String id) {
    asked = id;
  }

  boolean awaitsSubscriptionReply(String id) {
    return asked.equals(id);
  }

  /**
   * Handles the subscription reply, which names the position at which the subscription begins.
   *
   * @return whether messages before that position may be lost
   */
  boolean takeSubscriptionReply(Message reply, String id) {
    if (!asked.equals(id)) {
      return false; // the client has sent another subscribe in the meantime
    }
    asked = "";
    last = OptionalInt.empty();
    recoveries = 0;
    position = positionIn(reply);
    return reply.headers().is("recovered", "false");
  }

  private static String positionIn(Message message) {
    return message.header("position").filter(SubscribeOptions::isPosition).orElse("");
  }

  /** Handles a delivery and remembers its position. */
  Arrival takeDelivery(Message message) {
    var mayHaveHistory = hasPosition() || last.isPresent();
    if (!mayHaveHistory) {
      return Arrival.NEXT;
    }
    var at = message.header("position").filter(SubscribeOptions::isPosition);
    if (at.isPresent() && !asked.isEmpty()) {
      return Arrival.AGAIN;
    }
    if (!hasPosition()) {
      return Arrival.NEXT;
    }
    position = at.orElse("");
    // a server that keeps no history sends no position
    return at.isPresent() ? Arrival.NEXT : Arrival.AFTER_A_GAP;
  }

  /**
   * Applies a presence message. Returns the event for the application.
   *
   * @throws IllegalArgumentException if the message can't be read
   */
  Present applyPresence(Message message) {
    return members.apply(message);
  }
}
