package io.lhttp.nats.internal.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.channel.ChannelName;
import io.lhttp.channel.MessageId;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.Subjects;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.PublishAck;
import io.nats.client.api.Republish;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream of JetStream that keeps the channels of one pattern of {@code history}. It stores what
 * is published to {@code PREFIX history.PATTERN.CHANNEL} and tells of each message that it has
 * stored on {@code PREFIX live.CHANNEL}, with its sequence and that of the one before it on its
 * channel. Nothing leaves it but by its limits. Safe for all threads; what may block says so.
 */
public final class HistoryStream {
  private static final Logger log = LoggerFactory.getLogger(HistoryStream.class);

  private static final String NATS_ID = "Nats-Msg-Id";
  private static final String EXPECTED_STREAM = "Nats-Expected-Stream";
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How long JetStream may take to say that it has stored a message, or to answer a question. */
  static final Duration ANSWER_TIME = Duration.ofSeconds(4);

  /** NATS remembers the ids of messages for no longer than this. */
  private static final Duration LONGEST_WINDOW = Duration.ofMinutes(10);

  /** NATS' status where nobody listens to a subject. */
  private static final int NO_RESPONDERS = 503;

  private static final int NO_STREAM = 10_059;
  private static final int NAME_IN_USE = 10_058;
  private static final int TOO_LARGE = 10_054;

  private final NatsLink link;
  private final NatsSettings settings;
  private final Subjects subjects;
  private final String pattern;
  private final Retention retention;
  private final String stream;
  private final Runnable doubt;

  /** The highest sequence that was seen: a stream that ends before it has lost something. */
  private final AtomicLong seen = new AtomicLong();

  /** Publications that are on their way; as many as {@link NatsLink#takes} lets out. */
  private final Map<Long, CompletableFuture<?>> pending = new ConcurrentHashMap<>();

  private final AtomicLong stores = new AtomicLong();

  /** Publications up to this number were under way at the last {@link #giveUp}. */
  private long known;

  private final LongAdder unacknowledged = new LongAdder();
  private volatile @Nullable StreamIncarnation incarnation;

  /** Why it could not be looked at when that was tried last; null where it could. */
  private volatile @Nullable String trouble;

  /**
   * @param doubt told, by any thread, where the stream has to be looked at again
   */
  HistoryStream(
      NatsLink link,
      NatsSettings settings,
      Subjects subjects,
      String pattern,
      Retention retention,
      Runnable doubt) {
    this.link = link;
    this.settings = settings;
    this.subjects = subjects;
    this.pattern = pattern;
    this.retention = retention;
    this.stream = subjects.stream(pattern);
    this.doubt = doubt;
  }

  Retention retention() {
    return retention;
  }

  public String stream() {
    return stream;
  }

  String subject(String channel) {
    return subjects.stored(pattern, channel);
  }

  public String live(String channel) {
    return subjects.live(channel);
  }

  /** Null where the stream was not found yet. */
  @Nullable StreamIncarnation incarnation() {
    return incarnation;
  }

  @Nullable String trouble() {
    return trouble;
  }

  void trouble(@Nullable String why) {
    trouble = why;
  }

  /** The highest sequence that was seen. */
  long seen() {
    return seen.get();
  }

  /** A sequence was seen. */
  void seen(long sequence) {
    if (sequence > seen.get()) {
      seen.accumulateAndGet(sequence, Math::max);
    }
  }

  /** Publications of which nobody knows whether they are stored. */
  long unacknowledged() {
    return unacknowledged.sum();
  }

  /**
   * Stores a publication; what is returned fails where it is not known to be stored.
   *
   * @throws RefusedException 400 for a malformed message-id, 503 while the stream is out of reach
   */
  public CompletionStage<Void> store(String channel, Message message, String scope) {
    var id = MessageId.key(scope, message);
    var subject = subject(channel);
    var connection = link.up();
    if (connection != null && incarnation == null) {
      throw noHistory();
    }
    if (connection == null || !link.takes(connection, message.size() + subject.length())) {
      throw away();
    }
    var headers = Payloads.headers(message);
    headers.put(EXPECTED_STREAM, stream);
    if (!id.isEmpty()) {
      headers.put(NATS_ID, hash(subject + " " + id));
    }
    try {
      var answering =
          connection.requestWithTimeout(subject, headers, message.toBytes(), ANSWER_TIME);
      var number = stores.incrementAndGet();
      pending.put(number, answering);
      if (link.up() == null) {
        disconnected(); // in between
      }
      return answering.handle((answer, failure) -> {
        pending.remove(number);
        return stored(answer, failure);
      });
    } catch (IllegalArgumentException e) {
      log.debug("NATS does not take a message", e);
      throw new RefusedException(413, "the message is larger than the broker takes");
    } catch (IllegalStateException e) {
      log.debug("NATS takes nothing", e);
      throw away();
    }
  }

  /** What was not answered until now will not be. */
  void disconnected() {
    pending.values().forEach(answering -> answering.cancel(false));
  }

  /**
   * Refuses what was under way when this was called before, and is still. To be called at a pause
   * that is longer than {@link #ANSWER_TIME}, by one thread at a time. jnats ends a request that is
   * not answered; one that comes while it closes the connection it may forget.
   */
  void giveUp() {
    var overdue = 0;
    for (var entry : pending.entrySet()) {
      if (entry.getKey() <= known && entry.getValue().cancel(false)) {
        overdue++;
      }
    }
    known = stores.get();
    if (overdue > 0) {
      log.warn("NATS' client has not ended requests in time, refused={}", overdue);
    }
  }

  private @Nullable Void stored(
      io.nats.client.@Nullable Message answer, @Nullable Throwable failure) {
    try {
      if (answer != null && !answer.isStatusMessage()) {
        seen(new PublishAck(answer).getSeqno());
        return null;
      }
      if (answer != null && answer.getStatus().getCode() == NO_RESPONDERS) {
        doubt.run();
        throw new CompletionException(noHistory());
      }
      log.debug("JetStream does not answer", failure);
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == TOO_LARGE) {
        throw new CompletionException(
            new RefusedException(413, "the message is larger than the broker takes"));
      }
      log.debug("JetStream refuses", e);
    } catch (IOException e) {
      log.debug("JetStream answers strangely", e);
    }
    unacknowledged.increment();
    doubt.run();
    throw new CompletionException(trouble == null || link.up() == null ? away() : noHistory());
  }

  /** NATS is there, and what stores messages is not. */
  private static RefusedException noHistory() {
    return new RefusedException(
        Outcome.refused(503, "the broker keeps no history now: JetStream is missing")
            .retryAfter(PAUSE));
  }

  public static RefusedException away() {
    return new RefusedException(
        Outcome.refused(503, "the broker is out of reach").retryAfter(PAUSE));
  }

  JetStreamManagement management(Connection connection) throws IOException {
    return connection.jetStreamManagement(
        JetStreamOptions.builder().requestTimeout(ANSWER_TIME).build());
  }

  /**
   * Finds the stream, or makes it; blocks.
   *
   * @return whether it is another one than before
   * @throws IllegalStateException where a stream of this name is none of ours
   */
  synchronized boolean attach(Connection connection) throws IOException, JetStreamApiException {
    var management = management(connection);
    var before = incarnation;
    var last = seen.get(); // before it is looked at
    var info = raised(management, found(management));
    var now = StreamIncarnation.of(info);
    if (before != null
        && (now.born() < before.born() || (now.born() == before.born() && lastOf(info) < last))) {
      log.error("stream {} has lost what it had stored: its history begins anew", stream);
      info = renewed(management, info, before);
      now = StreamIncarnation.of(info);
    }
    if (before == null || now.born() != before.born()) {
      seen.set(0);
    }
    seen(lastOf(info));
    incarnation = now;
    return before != null && now.born() != before.born();
  }

  /**
   * Looks at the stream; blocks.
   *
   * @throws IOException where it is not the one that it was
   */
  StreamInfo look(JetStreamManagement management, StreamInfoOptions options)
      throws IOException, JetStreamApiException {
    var known = incarnation;
    var last = seen.get(); // before it is looked at
    var info = management.getStreamInfo(stream, options);
    if (known == null || StreamIncarnation.of(info).born() != known.born() || lastOf(info) < last) {
      doubt.run();
      throw new IOException("stream " + stream + " is another one than before");
    }
    seen(lastOf(info));
    return info;
  }

  static long lastOf(StreamInfo info) {
    return info.getStreamState().getLastSequence();
  }

  private StreamInfo found(JetStreamManagement management)
      throws IOException, JetStreamApiException {
    try {
      return ours(management.getStreamInfo(stream));
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() != NO_STREAM) {
        throw e;
      }
    }
    try {
      var made = management.addStream(configuration());
      log.info("stream {} is made at NATS for history={}", stream, pattern);
      return made;
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() != NAME_IN_USE) {
        throw e;
      }
      return ours(management.getStreamInfo(stream)); // another server was faster
    }
  }

  private StreamConfiguration configuration() {
    var under = subjects.storedUnder(pattern);
    return StreamConfiguration.builder()
        .name(stream)
        .description(StreamIncarnation.notes(pattern, 0, 0))
        .subjects(under + "*")
        .storageType(StorageType.File)
        .replicas(settings.jetstream().replicas())
        .discardPolicy(DiscardPolicy.Old)
        .maxMessagesPerSubject(retention.messages())
        .maxAge(retention.time())
        .maxBytes(settings.jetstream().streamBytes())
        .duplicateWindow(window(retention.time()))
        .denyDelete(true)
        .denyPurge(true)
        .republish(
            Republish.builder()
                .source(under + "*")
                .destination(subjects.live("").concat("{{wildcard(1)}}"))
                .build())
        .build();
  }

  private StreamInfo ours(StreamInfo info) {
    var is = info.getConfiguration();
    var should = configuration();
    var republish = is.getRepublish();
    if (!is.getSubjects().equals(should.getSubjects())
        || republish == null
        || should.getRepublish() == null
        || !republish.getDestination().equals(should.getRepublish().getDestination())
        || !is.getDenyDelete()
        || !is.getDenyPurge()) {
      throw new IllegalStateException(
          "stream %s at NATS is none of ours, or was changed: expected subjects %s, republished to"
                  .formatted(stream, should.getSubjects())
              + " %s, deny_delete and deny_purge; delete it, and it is made anew"
                  .formatted(subjects.live("") + "*"));
    }
    return info;
  }

  /** With limits that are no lower than ours; never lowers one, as other servers may need it. */
  private StreamInfo raised(JetStreamManagement management, StreamInfo info)
      throws IOException, JetStreamApiException {
    var is = info.getConfiguration();
    var messages = Math.max(is.getMaxMsgsPerSubject(), retention.messages());
    var age = longer(is.getMaxAge(), retention.time());
    if (messages == is.getMaxMsgsPerSubject() && age.equals(is.getMaxAge())) {
      return info;
    }
    log.info("stream {} keeps {} messages for {} from now on", stream, messages, age);
    return management.updateStream(
        StreamConfiguration.builder(is)
            .maxMessagesPerSubject(messages)
            .maxAge(age)
            .duplicateWindow(longer(is.getDuplicateWindow(), window(age)))
            .description(
                StreamIncarnation.notes(pattern, lastOf(info), StreamIncarnation.of(info).born()))
            .build());
  }

  private StreamInfo renewed(
      JetStreamManagement management, StreamInfo info, StreamIncarnation before)
      throws IOException, JetStreamApiException {
    var renewed = Math.max(System.currentTimeMillis(), before.born() + 1);
    return management.updateStream(
        StreamConfiguration.builder(info.getConfiguration())
            .description(StreamIncarnation.notes(pattern, lastOf(info), renewed))
            .build());
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static Duration window(Duration age) {
    return age.compareTo(LONGEST_WINDOW) < 0 ? age : LONGEST_WINDOW;
  }

  /** Ids of one length, which are told apart by channel, and which any text can be made to. */
  private static String hash(String text) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 18));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first journal whose pattern fits. */
  static @Nullable HistoryStream of(List<HistoryStream> journals, String channel) {
    for (var journal : journals) {
      if (ChannelName.fits(journal.pattern, channel)) {
        return journal;
      }
    }
    return null;
  }
}
