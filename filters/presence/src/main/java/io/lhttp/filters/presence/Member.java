package io.lhttp.filters.presence;

import io.lhttp.Connection;

/**
 * Somebody who is there: a user, however many connections it has; where nobody has said who it is,
 * whoever says that it is the same session; else a connection.
 *
 * @param key what makes it the same one; never shown
 * @param user empty for nobody in particular
 * @param connection of a user the one that has been there for the longest time; of whoever has no
 *     name the one by which it came
 * @param since in milliseconds since 1970
 */
record Member(String key, String user, String connection, long since) {
  private static final int MAX_USER = 256;

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

  Member connection(String other) {
    return new Member(key, user, other, since);
  }

  /**
   * The same one by what is known of it now. Who has no name goes on being called by the connection
   * by which it came: whoever was told of it knows it by nothing else.
   */
  Member now(Member now) {
    var earlier = Math.min(since, now.since);
    return new Member(key, user, user.isEmpty() ? connection : now.connection, earlier);
  }
}
