package io.lhttp.control;

import io.lhttp.channel.ChannelName;

/**
 * The connections on which an operation acts. Immutable.
 *
 * @see Control
 */
public sealed interface Target {
  /** The name of the claim that holds a session's id. */
  String SESSION_CLAIM = "sid";

  /** All connections of a user. */
  static Target user(String name) {
    return new User(name);
  }

  /** The connection with this id. */
  static Target connection(String id) {
    return new OneConnection(id);
  }

  /** All connections whose principal has this id in the claim {@link #SESSION_CLAIM}. */
  static Target session(String id) {
    return new Session(id);
  }

  /** All connections that are subscribed to a channel. */
  static Target channel(String name) {
    return new Subscribers(name);
  }

  /** The kind of target, as the server API names it: user, connection, session or channel. */
  String kind();

  /** The name or id within its kind. */
  String value();

  /** All connections of a user. Anonymous connections have no name, so they can't be meant. */
  record User(String name) implements Target {
    public User {
      requireValue("user", name);
    }

    @Override
    public String kind() {
      return "user";
    }

    @Override
    public String value() {
      return name;
    }
  }

  /** One connection. */
  record OneConnection(String id) implements Target {
    public OneConnection {
      requireValue("connection", id);
    }

    @Override
    public String kind() {
      return "connection";
    }

    @Override
    public String value() {
      return id;
    }
  }

  /** All connections of a session. */
  record Session(String id) implements Target {
    public Session {
      requireValue("session", id);
    }

    @Override
    public String kind() {
      return "session";
    }

    @Override
    public String value() {
      return id;
    }
  }

  /** All subscribers of a channel. A malformed name is refused with 400. */
  record Subscribers(String channel) implements Target {
    public Subscribers {
      ChannelName.require(channel);
    }

    @Override
    public String kind() {
      return "channel";
    }

    @Override
    public String value() {
      return channel;
    }
  }

  /** The longest name or id, in characters. */
  int MAX_LENGTH = 1_024;

  private static void requireValue(String kind, String value) {
    if (value.isEmpty() || value.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "expected a %s of 1 to %d characters, not %d"
              .formatted(kind, MAX_LENGTH, value.length()));
    }
  }
}
