package io.lhttp.app.api.method;

import io.lhttp.app.api.json.RawJson;
import io.lhttp.app.api.json.WrongFieldException;
import io.lhttp.channel.Publications;
import io.lhttp.message.Message;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The fields that make a message. */
final class Content {
  static final String COMMAND = "the message's command; by default `publish`";
  static final String TEXT = "the message's body as text";
  static final String JSON = "the message's body as any JSON value, which subscribers get as text";
  static final String BASE64 = "the message's body as bytes in Base64; the message is then binary";
  static final String HEADERS =
      "headers of the message, by name; none that clients alone may send, and not `publish`,"
          + " `subscribe` or `unsubscribe`";
  static final String MESSAGE_ID =
      "makes the message unique: a channel with a history stores it once";

  private static final String DEFAULT_COMMAND = "publish";
  private static final String ID = "message-id";

  /** The headers by which clients publish and subscribe; subscribers would take them for theirs. */
  private static final List<String> OF_CHANNELS = List.of("publish", "subscribe", "unsubscribe");

  private Content() {}

  /**
   * Makes a message.
   *
   * @throws IllegalArgumentException if the fields don't fit together, or a header can't be sent
   */
  static Message message(
      Optional<String> command,
      Optional<String> text,
      Optional<RawJson> json,
      Optional<String> base64,
      Map<String, String> headers,
      Optional<String> messageId) {
    var message = Message.builder(DEFAULT_COMMAND);
    command.ifPresent(word ->
        WrongFieldException.checked(
            "command",
            "a text of 1 to 128 bytes without space and control character",
            () -> message.command(word)));
    headers.forEach((name, value) -> header(message, name, value));
    messageId.ifPresent(id -> {
      if (headers.keySet().stream().anyMatch(ID::equalsIgnoreCase)) {
        throw WrongFieldException.ofMember(
            "headers",
            ID,
            "the header in `message-id` alone",
            "the field message-id and this header are the same");
      }
      WrongFieldException.checked(
          ID, "a text without control characters", () -> message.header(ID, id));
    });
    text.ifPresent(message::body);
    json.ifPresent(value -> message.body(value.text()));
    base64.ifPresent(bytes ->
        WrongFieldException.checked(
            "base64",
            "Base64, such as aGVsbG8=",
            () -> message.body(Base64.getDecoder().decode(bytes))));
    return WrongFieldException.checked(
        "headers", "each of multipart and upstream once", message::build);
  }

  /** Adds a header. Refuses one that no subscriber would get, or that names channels. */
  private static void header(Message.Builder message, String name, String value) {
    Message alone;
    try {
      alone = Message.builder(DEFAULT_COMMAND).header(name, value).build();
    } catch (IllegalArgumentException e) {
      throw WrongFieldException.ofMember(
          "headers",
          name,
          "a token as name and a text without control characters as value",
          String.valueOf(e.getMessage()));
    }
    if (!Publications.stripped(alone).headers().has(name)) {
      throw WrongFieldException.ofMember(
          "headers",
          name,
          "headers that travel to subscribers",
          "'%s' never reaches a subscriber".formatted(name));
    }
    if (OF_CHANNELS.stream().anyMatch(name::equalsIgnoreCase)) {
      throw WrongFieldException.ofMember(
          "headers",
          name,
          "headers other than " + String.join(", ", OF_CHANNELS),
          "'%s' names channels, which the method's own fields do".formatted(name));
    }
    message.header(name, value);
  }
}
