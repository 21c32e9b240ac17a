package io.lhttp.app.api.method;

import io.lhttp.app.api.json.WrongFieldException;
import io.lhttp.control.Target;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** The fields that name connections. */
final class Targets {
  /** The longest name or id. */
  static final int MOST = Target.MAX_LENGTH;

  static final String USER = "all connections of this user";
  static final String CONNECTION = "the connection with this id";
  static final String SESSION = "all connections whose claim `sid` is this session";
  static final String CHANNEL = "all connections that are subscribed to this channel";
  static final String DEADLINE =
      "the time in milliseconds in which servers have to answer; by default 2000";

  private static final String TEXT =
      "a text of 1 to %d characters of UTF-16".formatted(Target.MAX_LENGTH);

  private Targets() {}

  /**
   * Returns the connections that the only present field names; empty without one.
   *
   * @throws IllegalArgumentException if there are several
   */
  static Optional<Target> optional(
      Optional<String> user,
      Optional<String> connection,
      Optional<String> session,
      Optional<String> channel) {
    var given =
        Stream.of(
                target("user", TEXT, user, Target::user),
                target("connection", TEXT, connection, Target::connection),
                target("session", TEXT, session, Target::session),
                target("channel", ChannelNames.EXPECTED, channel, Target::channel))
            .flatMap(Optional::stream)
            .toList();
    if (given.size() > 1) {
      throw new IllegalArgumentException(
          "expected one of user, connection, session and channel, not " + given.size());
    }
    return given.stream().findFirst();
  }

  /**
   * Returns the connections that the only present field names.
   *
   * @throws IllegalArgumentException if there are none or several
   */
  static Target required(
      Optional<String> user,
      Optional<String> connection,
      Optional<String> session,
      Optional<String> channel) {
    return optional(user, connection, session, channel)
        .orElseThrow(() ->
            new IllegalArgumentException("expected one of user, connection, session and channel"));
  }

  private static Optional<Target> target(
      String field, String expected, Optional<String> value, Function<String, Target> make) {
    return value.map(text -> WrongFieldException.checked(field, expected, () -> make.apply(text)));
  }
}
