package io.lhttp.app.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.config.SecretMask;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.message.ProtocolException;

/** A line that a user typed into {@code lhttp connect}, parsed. */
sealed interface TypedLine {
  String HELP =
      """
      COMMAND BODY                    send a message
      LHTTP/1.0 COMMAND\\r\\nNAME:VALUE\\r\\n\\r\\nBODY
                                      send it as it stands, with \\r \\n \\t \\\\ as escapes
      /subscribe CHANNEL              get what is published there
      /unsubscribe CHANNEL            no longer
      /publish CHANNEL COMMAND BODY   publish a message
      /quit                           or the end of the input\
      """;

  record Send(Message message) implements TypedLine {}

  record Subscribe(String channel) implements TypedLine {}

  record Unsubscribe(String channel) implements TypedLine {}

  record Publish(String channel, Message message) implements TypedLine {}

  record Help() implements TypedLine {}

  record Quit() implements TypedLine {}

  record Nothing() implements TypedLine {}

  /**
   * Parses a line.
   *
   * @throws IllegalArgumentException with a message that tells the user the error
   */
  static TypedLine of(String line) {
    var words = line.strip().split("\\s+", 3);
    return switch (words[0]) {
      case "" -> new Nothing();
      case "/subscribe" -> new Subscribe(argument(words));
      case "/unsubscribe" -> new Unsubscribe(argument(words));
      case "/publish" -> publish(words);
      case "/help" -> new Help();
      case "/quit" -> new Quit();
      default -> new Send(message(line));
    };
  }

  /**
   * Parses a message that was typed whole, or as command and body.
   *
   * @throws IllegalArgumentException with a message that tells the user the error
   */
  static Message message(String text) {
    var line = text.strip();
    if (line.startsWith("LHTTP/")) {
      return asItStands(line.translateEscapes());
    } else if (line.startsWith("/")) {
      throw new IllegalArgumentException(
          "unknown: " + SecretMask.word(line.split("\\s", 2)[0]) + "; try /help");
    }
    var words = line.split("\\s+", 2);
    return Message.of(words[0], words.length == 2 ? words[1] : "");
  }

  private static Message asItStands(String text) {
    try {
      var whole = text.contains("\r\n") ? text : text + "\r\n\r\n";
      return MessageReader.DEFAULT.read(whole.getBytes(UTF_8), Message.Format.TEXT);
    } catch (ProtocolException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static TypedLine publish(String[] words) {
    if (words.length < 3) {
      throw new IllegalArgumentException("expected /publish CHANNEL COMMAND BODY");
    }
    return new Publish(words[1], message(words[2]));
  }

  private static String argument(String[] words) {
    if (words.length != 2) {
      throw new IllegalArgumentException("expected " + words[0] + " CHANNEL");
    }
    return words[1];
  }
}
