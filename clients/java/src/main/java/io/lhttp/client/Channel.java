package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A channel to which the application subscribes: its state, and the position of its last delivery.
 * Guarded by its client's lock.
 */
final class Channel {
  /** The channel states of docs/client-states.md. */
  enum State {
    /** The application has subscribed, and no connection is open. */
    WANTED,
    /** The client has sent {@code subscribe}, and waits for the answer. */
    JOINING,
    /**
     * The server has refused for now or not answered; the client will send {@code subscribe} again.
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

  /** How a delivery is handled. */
  enum Arrival {
    NEXT,
    /** The delivery is passed on, but messages before it may be lost. */
    AFTER_A_GAP,
    /** The delivery is dropped, because the requested replay repeats it. */
    AGAIN
  }

  /** A request about the channel. */
  interface Step {
    /** A later request has replaced this one, or the channel was left. */
    default void superseded() {}
  }

  private static final String NOW = "now";

  final String name;
  List<Subscription> subscribers = List.of();

  /** Subscription replies in a row without a history. */
  int recoveries;

  private State state = State.WANTED;

  /** The latest request about the channel; answers to an older one do not count. */
  private @Nullable Step step;

  /** The position of the last delivery; empty while the client knows of no history. */
  private String position = "";

  /** The number of newest messages to request, until the subscription reply has come. */
  private OptionalInt last = OptionalInt.empty();

  /** The id of the {@code subscribe} whose subscription reply is missing; empty if none is. */
  private String asked = "";

  private Optional<Consumer<Present>> presence = Optional.empty();
  private PresenceList members = new PresenceList();

  Channel(String name) {
    this.name = name;
  }

  /** Starts from the options of the first subscription. */
  void begin(SubscribeOptions options) {
    position = options.since().orElse("");
    last = options.last();
    presence = options.presence();
    asked = "";
    recoveries = 0;
    members = new PresenceList();
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

  /** Expects the subscription reply to this request; to none if the id is empty. */
  void awaitNotice(String id) {
    asked = id;
  }

  boolean awaitsNotice(String id) {
    return asked.equals(id);
  }

  /**
   * Takes the subscription reply, which has the position where the subscription begins.
   *
   * @return whether messages before it may be lost
   */
  boolean takeNotice(Message notice, String id) {
    if (!asked.equals(id)) {
      return false; // the client has subscribed again since then
    }
    asked = "";
    last = OptionalInt.empty();
    recoveries = 0;
    position = notice.header("position").filter(SubscribeOptions::isPosition).orElse("");
    return notice.headers().is("recovered", "false");
  }

  /** Takes a delivery and keeps its position. */
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
    return at.isPresent() ? Arrival.NEXT : Arrival.AFTER_A_GAP; // this server keeps no history
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
