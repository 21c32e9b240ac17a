package io.lhttp.client;

import io.lhttp.message.Message;
import java.util.List;
import java.util.OptionalInt;

/**
 * A channel that the server knows of or is to know of, and how far it was heard; one without
 * subscribers is being left. Guarded by its client's lock.
 */
final class Channel {
  /** What becomes of a message that came. */
  enum Arrival {
    /** It is to be delivered. */
    NEXT,
    /** So is this, but it is not known what came before. */
    AFTER_A_GAP,
    /** It comes again with what was asked for. */
    AGAIN
  }

  private static final String NOW = "now";

  final String name;
  List<Subscription> subscribers = List.of();

  /** Whether the server has acknowledged it on this connection. */
  boolean confirmed;

  /**
   * Whether it was left on this connection before: until it is confirmed, the server may still send
   * of what was subscribed to then.
   */
  boolean left;

  /** Whether the server has acknowledged it ever. */
  boolean established;

  /** The newest step with the server; the answer to an older one does not count. */
  long step;

  /** Refusals in a row. */
  int refusals;

  /** Behind what to go on; empty as long as the channel is not known to have a history. */
  private String position = "";

  /** How many of the newest are wanted; until the server has said where the subscription begins. */
  private OptionalInt last = OptionalInt.empty();

  /** The id of the request whose notice is awaited; empty where none is. */
  private String asked = "";

  Channel(String name) {
    this.name = name;
  }

  /** Where it begins, for its first subscriber. */
  void start(Start start) {
    position = start.after().orElse("");
    last = start.last();
    asked = "";
  }

  String since() {
    return position.isEmpty() ? NOW : position;
  }

  OptionalInt last() {
    return last;
  }

  boolean recoverable() {
    return !position.isEmpty();
  }

  /** The server was asked for what came behind {@link #since}. */
  void asked(String id) {
    asked = id;
  }

  /** Whether the server has not said yet where the subscription of this request begins. */
  boolean awaits(String id) {
    return asked.equals(id);
  }

  /**
   * Takes the notice that says where the subscription begins.
   *
   * @return whether something may be missing before it
   */
  boolean noticed(Message notice, String id) {
    if (!asked.equals(id)) {
      return false; // it was asked for anew since
    }
    asked = "";
    last = OptionalInt.empty();
    position = notice.header("position").filter(Start::isPosition).orElse("");
    return notice.headers().is("recovered", "false");
  }

  /** Takes a message, and remembers where it stands. */
  Arrival takes(Message message) {
    var at = message.header("position").filter(Start::isPosition);
    if (position.isEmpty()) {
      return left && last.isPresent() && at.isPresent() ? Arrival.AGAIN : Arrival.NEXT;
    }
    if (at.isEmpty()) {
      position = ""; // this server has no history
      return Arrival.AFTER_A_GAP;
    }
    if (!asked.isEmpty()) {
      return Arrival.AGAIN;
    }
    position = at.get();
    return Arrival.NEXT;
  }
}
