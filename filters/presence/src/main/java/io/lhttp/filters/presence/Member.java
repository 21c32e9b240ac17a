package io.lhttp.filters.presence;

import io.lhttp.Connection;

/**
 * One member of a channel: a user with all its connections, an anonymous client with all
 * connections of its session, or else one anonymous connection. Immutable.
 *
 * @param key identifies the member within the channel; no client sees it
 * @param user the user's name; empty for an anonymous member
 * @param connection for a user the id of the connection that has been subscribed the longest; for
 *     an anonymous member the id of the connection that joined first
 * @param since the time of joining in milliseconds since 1970
 */
record Member(String key, String user, String connection, long since) {
  private static final int MAX_USER = 256;

  /** Creates the member to which a connection belongs, from its principal or its session. */
  static Member of(Connection connection, long now) {
    var name = connection.principal().name();
    var user = name.length() > MAX_USER ? name.substring(0, MAX_USER) : name;
    var key =
        user.isEmpty()
            ? connection
                .attributes()
                .get(Presence.SESSION)
                .map(session -> "s" + session)
                .orElseGet(() -> "c" + connection.id())
            : "u" + user;
    return new Member(key, user, connection.id(), now);
  }

  Member withConnection(String other) {
    return new Member(key, user, other, since);
  }

  /**
   * Returns this member with the data of a newer entry. An anonymous member keeps its connection's
   * id, because clients know it by that id alone.
   */
  Member updatedBy(Member newer) {
    var earlier = Math.min(since, newer.since);
    return new Member(key, user, user.isEmpty() ? connection : newer.connection, earlier);
  }
}
