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
 * Reads and writes LHTTP messages as payloads of NATS messages. The payload is the message itself,
 * and a NATS header marks binary messages. {@link io.lhttp.nats.NatsBroker} owns it. Safe for all
 * threads.
 *
 * <p>The header {@code Lhttp-Version} names the version of the format that a reader has to know;
 * without the header the version is 1. An addition that older servers may ignore does not raise the
 * version.
 */
public final class Payloads {
  private static final Logger log = LoggerFactory.getLogger(Payloads.class);

  private static final String FORMAT = "Lhttp-Format";
  private static final String BINARY = "binary";
  private static final Set<String> FORMATS = Set.of(BINARY, "text");
  private static final String VERSION = "Lhttp-Version";
  private static final int KNOWN_VERSION = 1;
  private static final Pattern VERSION_FORM = Pattern.compile("[0-9]{1,9}");

  /**
   * Reads with wide limits, because other servers may have other limits than this one. NATS itself
   * bounds a message's size.
   */
  private static final MessageReader READER =
      new MessageReader(new CodecLimits(1_024, 64 * 1024, 1_024));

  private final LongAdder malformed = new LongAdder();
  private final LongAdder newer = new LongAdder();
  private final AtomicBoolean newerLogged = new AtomicBoolean();

  /** Whether a message can be sent without NATS headers, which only binary messages need. */
  public static boolean needsNoHeaders(Message message) {
    return message.format() == Message.Format.TEXT;
  }

  /** Creates the NATS headers of a message; the caller may add others. */
  public static Headers headers(Message message) {
    var headers = new Headers();
    headers.put(VERSION, Integer.toString(KNOWN_VERSION));
    if (!needsNoHeaders(message)) {
      headers.put(FORMAT, BINARY);
    }
    return headers;
  }

  /** Reads a message. If it is malformed or of a later version, counts that and returns null. */
  @Nullable
  public Message read(byte @Nullable [] payload, @Nullable Headers headers) {
    var version = headers == null ? null : headers.getLast(VERSION);
    var format = headers == null ? null : headers.getLast(FORMAT);
    if (!known(version) || (format != null && !FORMATS.contains(format))) {
      ignoreNewer(version);
      return null;
    }
    var bytes = payload == null ? new byte[0] : payload;
    var binary = BINARY.equals(format);
    if (binary || Utf8.valid(bytes, 0, bytes.length)) {
      try {
        return READER.read(bytes, binary ? Message.Format.BINARY : Message.Format.TEXT);
      } catch (ProtocolException e) {
        log.debug("received a payload that is no LHTTP message from NATS: {}", e.getMessage());
      }
    }
    malformed.increment();
    return null;
  }

  private static boolean known(@Nullable String version) {
    return version == null
        || (VERSION_FORM.matcher(version).matches() && Integer.parseInt(version) <= KNOWN_VERSION);
  }

  private void ignoreNewer(@Nullable String version) {
    newer.increment();
    if (!newerLogged.getAndSet(true)) {
      log.warn(
          "ignoring messages from NATS of a later version until this server is"
              + " upgraded, version={} known={}",
          version != null && VERSION_FORM.matcher(version).matches() ? version : "?",
          KNOWN_VERSION);
    }
  }

  /** The number of messages that were ignored because of their later version. */
  public long newer() {
    return newer.sum();
  }

  /** The number of payloads that were ignored because they were no LHTTP messages. */
  public long malformed() {
    return malformed.sum();
  }
}
