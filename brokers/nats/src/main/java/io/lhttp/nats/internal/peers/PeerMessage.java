package io.lhttp.nats.internal.peers;

import io.lhttp.channel.Peers;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A message between servers, written as an LHTTP message. A message that can't be read is ignored;
 * it comes from a broken server or another program. Immutable.
 *
 * @param server the name of the sending server
 * @param question identifies a question and its answers; empty for other kinds
 * @param patience the time for which the asking server waits; zero for other kinds
 * @param text the question or answer; empty for other kinds
 */
record PeerMessage(Kind kind, String server, String question, Duration patience, String text) {
  static final String COMMAND = "servers";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1," + Peers.MAX_NAME + "}");
  private static final Pattern QUESTION = Pattern.compile("[A-Za-z0-9]{0,64}");
  private static final Pattern MILLIS = Pattern.compile("[0-9]{1,6}");

  enum Kind {
    /** The server is there. */
    HERE,
    /** The server has just connected, and requests that all others announce themselves. */
    HELLO,
    /** The server ends. */
    GONE,
    /** A question to all servers. */
    ASK,
    /** The answer to a question. */
    ANSWER,
    /** The server can't answer a question now. */
    BUSY;

    private static @Nullable Kind of(String text) {
      for (var kind : values()) {
        if (kind.text().equals(text)) {
          return kind;
        }
      }
      return null;
    }

    private String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static PeerMessage of(Kind kind, String server) {
    return new PeerMessage(kind, server, "", Duration.ZERO, "");
  }

  Message write() {
    return Message.builder(COMMAND)
        .header("kind", kind.text())
        .header("server", server)
        .header("question", question)
        .header("patience", Long.toString(patience.toMillis()))
        .body(text)
        .build();
  }

  /** Reads a message; empty if it can't be read. */
  static Optional<PeerMessage> read(Message message) {
    var kind = Kind.of(message.header("kind").orElse(""));
    var server = message.header("server").orElse("");
    var question = message.header("question").orElse("");
    var patience = message.header("patience").orElse("0");
    if (!message.command().equals(COMMAND)
        || kind == null
        || !NAME.matcher(server).matches()
        || !QUESTION.matcher(question).matches()
        || !MILLIS.matcher(patience).matches()
        || message.size() > 2 * Peers.MAX_BYTES) {
      return Optional.empty();
    }
    return Optional.of(
        new PeerMessage(
            kind, server, question, Duration.ofMillis(Long.parseLong(patience)), message.body()));
  }
}
