package io.lhttp.nats.internal.link;

import io.lhttp.message.CodecLimits;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.message.ProtocolException;
import io.lhttp.message.Utf8;
import io.nats.client.impl.Headers;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Converts between LHTTP messages and NATS payloads: the payload is the message itself, and a NATS
 * header marks a binary one. All threads may use it.
 *
 * <p>A header names the version that a reader must know. A change that older versions can ignore
 * does not raise it. A message without headers, or without a version, has version 1.
 */
public final class Payloads {
  private static final Logger log = LoggerFactory.getLogger(Payloads.class);

  private static final String FORMAT = "Lhttp-Format";
  private static final String BINARY = "binary";
  private static final Set<String> FORMATS = Set.of(BINARY, "text");
  private static final String VERSION = "Lhttp-Version";
  private static final int KNOWN = 1;
  private static final Pattern FORM = Pattern.compile("[0-9]{1,9}");

  /**
   * Without limits of this server, because other servers may have others; NATS bounds the size of a
   * publication.
   */
  private static final MessageReader READER =
      new MessageReader(new CodecLimits(1_024, 64 * 1024, 1_024));

  private final LongAdder malformed = new LongAdder();
  private final LongAdder newer = new LongAdder();
  private final AtomicBoolean complained = new AtomicBoolean();

  /** Whether a message needs no NATS headers. */
  public static boolean plain(Message message) {
    return message.format() == Message.Format.TEXT;
  }

  /** Returns the NATS headers for a message, to which others may be added. */
  public static Headers headers(Message message) {
    var headers = new Headers();
    headers.put(VERSION, Integer.toString(KNOWN));
    if (!plain(message)) {
      headers.put(FORMAT, BINARY);
    }
    return headers;
  }

  /**
   * Reads a message. Returns null, and counts it, if it is no LHTTP message, or has an unknown
   * version.
   */
  @Nullable
  public Message read(byte @Nullable [] payload, @Nullable Headers headers) {
    var version = headers == null ? null : headers.getLast(VERSION);
    var format = headers == null ? null : headers.getLast(FORMAT);
    if (!known(version) || (format != null && !FORMATS.contains(format))) {
      leaveOut(version);
      return null;
    }
    var bytes = payload == null ? new byte[0] : payload;
    var binary = BINARY.equals(format);
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

  private static boolean known(@Nullable String version) {
    return version == null
        || (FORM.matcher(version).matches() && Integer.parseInt(version) <= KNOWN);
  }

  private void leaveOut(@Nullable String version) {
    newer.increment();
    if (!complained.getAndSet(true)) {
      log.warn(
          "ignoring messages from NATS of a later version until this server is"
              + " upgraded, version={} known={}",
          version != null && FORM.matcher(version).matches() ? version : "?",
          KNOWN);
    }
  }

  /** The number of messages with an unknown version. */
  public long newer() {
    return newer.sum();
  }

  /** The number of payloads that were no LHTTP messages. */
  public long malformed() {
    return malformed.sum();
  }
}
