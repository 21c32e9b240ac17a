package io.lhttp.nats.internal.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.RefusedException;
import io.lhttp.channel.MessageId;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.Refusals;
import io.lhttp.nats.internal.link.ResetMark;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.PublishAck;
import io.nats.client.impl.Headers;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes messages to one stream and waits for JetStream's acknowledgements. Owned by a {@link
 * HistoryStream}. Safe for all threads; no method blocks.
 */
final class StreamPublisher {
  private static final Logger log = LoggerFactory.getLogger(StreamPublisher.class);

  private static final String NATS_ID = "Nats-Msg-Id";
  private static final String EXPECTED_STREAM = "Nats-Expected-Stream";

  /**
   * The status with which NATS answers if no subscriber receives a request, because JetStream or
   * the stream is missing.
   */
  private static final int NO_RESPONDERS = 503;

  private static final int TOO_LARGE = 10_054;
  private static final int HASH_BYTES = 18;

  private final NatsLink link;
  private final HistoryStream stream;

  /** The requests without an answer, by their numbers; {@link NatsLink#reserve} bounds them. */
  private final Map<Long, CompletableFuture<?>> pending = new ConcurrentHashMap<>();

  private final AtomicLong requests = new AtomicLong();

  /**
   * The number of the last request that was sent before the last call of {@link #cancelOverdue}.
   */
  private long sentBefore;

  private final LongAdder unacknowledged = new LongAdder();

  StreamPublisher(NatsLink link, HistoryStream stream) {
    this.link = link;
    this.stream = stream;
  }

  /** The number of publications for which JetStream's answer never came. */
  long unacknowledged() {
    return unacknowledged.sum();
  }

  /**
   * Stores a publication.
   *
   * @param result makes the result of JetStream's sequence of the message
   */
  <T extends @Nullable Object> CompletionStage<T> store(
      String subject, Message message, io.lhttp.@Nullable Connection by, LongFunction<T> result) {
    var id = MessageId.key(by, message);
    var connection = requireConnection();
    link.reserve(connection, message.size() + subject.length(), by);
    var headers = Payloads.headers(message);
    if (!id.isEmpty()) {
      headers.put(NATS_ID, hash(subject + " " + id));
    }
    return send(connection, subject, headers, message.toBytes(), result);
  }

  /** Stores a {@link ResetMark}. */
  <T> CompletionStage<T> storeReset(String subject, LongFunction<T> result) {
    var connection = requireConnection();
    link.reserve(connection, subject.length(), null);
    return send(connection, subject, ResetMark.headers(), new byte[0], result);
  }

  private Connection requireConnection() {
    var connection = link.established();
    if (connection != null && stream.incarnation() == null) {
      throw Refusals.noHistory();
    }
    if (connection == null) {
      throw Refusals.brokerAway();
    }
    return connection;
  }

  private <T extends @Nullable Object> CompletionStage<T> send(
      Connection connection,
      String subject,
      Headers headers,
      byte[] payload,
      LongFunction<T> result) {
    headers.put(EXPECTED_STREAM, stream.stream());
    try {
      return tracked(
          connection.requestWithTimeout(subject, headers, payload, HistoryStream.ANSWER_TIME),
          result);
    } catch (IllegalArgumentException e) {
      log.debug("jnats does not take the message", e);
      throw Refusals.tooLarge();
    } catch (IllegalStateException e) {
      log.debug("jnats takes no message", e);
      throw Refusals.brokerAway();
    }
  }

  private <T extends @Nullable Object> CompletionStage<T> tracked(
      CompletableFuture<io.nats.client.Message> answering, LongFunction<T> result) {
    var number = requests.incrementAndGet();
    pending.put(number, answering);
    if (link.established() == null) {
      disconnected(); // the connection was lost before this request was in the map
    }
    return answering.handle((answer, failure) -> {
      pending.remove(number);
      return result.apply(stored(answer, failure));
    });
  }

  /** Cancels all requests, because a lost connection brings no answer. */
  void disconnected() {
    pending.values().forEach(answering -> answering.cancel(false));
  }

  /**
   * Cancels each request that was sent before the previous call of this method. One thread at a
   * time calls it, at intervals longer than {@link HistoryStream#ANSWER_TIME}. jnats cancels
   * unanswered requests itself, but not one that is sent while jnats closes the connection.
   */
  void cancelOverdue() {
    var overdue = 0;
    for (var entry : pending.entrySet()) {
      if (entry.getKey() <= sentBefore && entry.getValue().cancel(false)) {
        overdue++;
      }
    }
    sentBefore = requests.get();
    if (overdue > 0) {
      log.warn("the NATS client did not end requests in time, refused={}", overdue);
    }
  }

  /**
   * Returns the sequence in JetStream's answer to a request. Throws a refusal if the message was
   * not stored, or if that is unknown.
   */
  private long stored(io.nats.client.@Nullable Message answer, @Nullable Throwable failure) {
    try {
      if (answer != null && !answer.isStatusMessage()) {
        var sequence = new PublishAck(answer).getSeqno();
        stream.seen(sequence);
        return sequence;
      }
      if (answer != null && answer.getStatus().getCode() == NO_RESPONDERS) {
        stream.requestAttach();
        throw new CompletionException(Refusals.noHistory());
      }
      log.debug("JetStream does not answer", failure);
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == TOO_LARGE) {
        throw new CompletionException(Refusals.tooLarge());
      }
      log.debug("JetStream refuses", e);
    } catch (IOException e) {
      log.debug("JetStream's answer is malformed", e);
    }
    unacknowledged.increment();
    stream.requestAttach();
    throw new CompletionException(refusal());
  }

  private RefusedException refusal() {
    return stream.trouble() == null || link.established() == null
        ? Refusals.brokerAway()
        : Refusals.noHistory();
  }

  /** Returns a text of fixed length for an id, so that NATS accepts any id. */
  private static String hash(String text) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(Arrays.copyOf(hash, HASH_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
