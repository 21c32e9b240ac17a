package io.lhttp.app.api.method;

import io.lhttp.app.api.json.RawJson;
import io.lhttp.channel.Publications;
import io.lhttp.message.Message;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The fields that make a message. */
final class Content {
  static final String COMMAND = "the message's command; by default `publish`";
  static final String TEXT = "the message's body as text";
  static final String JSON = "the message's body as any JSON value, which subscribers get as text";
  static final String BASE64 = "the message's body as bytes in Base64; the message is then binary";
  static final String HEADERS = "headers of the message, by name";
  static final String MESSAGE_ID =
      "makes the message unique: a channel with a history stores it once";

  private static final String DEFAULT_COMMAND = "publish";
  private static final String ID = "message-id";

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
    if (Stream.of(text, json, base64).filter(Optional::isPresent).count() > 1) {
      throw new IllegalArgumentException("expected one of text, json and base64, not several");
    }
    var message = Message.builder(command.orElse(DEFAULT_COMMAND));
    headers.forEach(message::header);
    messageId.ifPresent(id -> {
      if (headers.keySet().stream().anyMatch(ID::equalsIgnoreCase)) {
        throw new IllegalArgumentException("message-id: it is in headers, too");
      }
      message.header(ID, id);
    });
    text.ifPresent(message::body);
    json.ifPresent(value -> message.body(value.text()));
    base64.ifPresent(bytes -> message.body(bytes(bytes)));
    return requireTravelling(message.build());
  }

  private static byte[] bytes(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("base64: expected Base64, such as aGVsbG8=", e);
    }
  }

  /** Refuses headers that no subscriber would get. */
  private static Message requireTravelling(Message message) {
    var travelling = Publications.stripped(message).headers();
    for (var header : message.headers()) {
      if (!travelling.has(header.name())) {
        throw new IllegalArgumentException(
            "headers: '%s' never reaches a subscriber".formatted(header.name()));
      }
    }
    return message;
  }
}
