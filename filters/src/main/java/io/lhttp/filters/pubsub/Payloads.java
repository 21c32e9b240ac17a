package io.lhttp.filters.pubsub;

import io.lhttp.message.CodecLimits;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.message.ProtocolException;
import io.lhttp.message.Utf8;
import io.nats.client.impl.Headers;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * LHTTP messages as NATS carries them: the payload is the message itself, and what is binary says
 * so in a header of NATS. Safe for all threads.
 */
final class Payloads {
  private static final Logger log = LoggerFactory.getLogger(Payloads.class);

  private static final String FORMAT = "Lhttp-Format";
  private static final String BINARY = "binary";

  /** Other servers may have other limits; a publication's size is bounded by NATS. */
  private static final MessageReader READER =
      new MessageReader(new CodecLimits(1_024, 64 * 1024, 1_024));

  private final LongAdder malformed = new LongAdder();

  /** Whether a message needs no headers of NATS. */
  static boolean plain(Message message) {
    return message.format() == Message.Format.TEXT;
  }

  /** New headers of NATS for a message, to which others may be added. */
  static Headers headers(Message message) {
    var headers = new Headers();
    if (!plain(message)) {
      headers.put(FORMAT, BINARY);
    }
    return headers;
  }

  /** Null, and counted, where it is no LHTTP message. */
  @Nullable Message read(byte @Nullable [] payload, @Nullable Headers headers) {
    var bytes = payload == null ? new byte[0] : payload;
    var binary = headers != null && BINARY.equals(headers.getLast(FORMAT));
    if (binary || Utf8.valid(bytes, 0, bytes.length)) {
      try {
        return READER.read(bytes, binary ? Message.Format.BINARY : Message.Format.TEXT);
      } catch (ProtocolException e) {
        log.debug("NATS brought what is no LHTTP message: {}", e.getMessage());
      }
    }
    malformed.increment();
    return null;
  }

  /** How many were no LHTTP messages. */
  long malformed() {
    return malformed.sum();
  }
}
