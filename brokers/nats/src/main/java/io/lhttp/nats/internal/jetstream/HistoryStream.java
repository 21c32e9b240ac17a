package io.lhttp.nats.internal.jetstream;

import io.lhttp.channel.ChannelName;
import io.lhttp.channel.Position;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Refusals;
import io.lhttp.nats.internal.link.ResetMark;
import io.lhttp.nats.internal.link.Subjects;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JetStream stream that keeps the channels of one pattern of {@code history}. JetStream stores
 * each message that is published to {@code PREFIX history.PATTERN.CHANNEL}. It then publishes a
 * notification to {@code PREFIX live.CHANNEL}, with the message's sequence and that of the previous
 * message on the channel.
 *
 * <p>{@link HistoryStreams} owns it. Safe for all threads. The Javadoc of each method that blocks
 * says so; only virtual threads call those.
 */
public final class HistoryStream {
  private static final Logger log = LoggerFactory.getLogger(HistoryStream.class);

  /** The longest time that this server waits for an answer of JetStream. */
  static final Duration ANSWER_TIME = Duration.ofSeconds(4);

  private final Subjects subjects;
  private final String pattern;
  private final Retention retention;
  private final StreamDefinition definition;
  private final StreamPublisher publisher;
  private final Runnable onAttachNeeded;

  /**
   * The highest sequence that JetStream has confirmed to this server. A stream that ends before it
   * has lost messages.
   */
  private final AtomicLong highestSeen = new AtomicLong();

  private volatile @Nullable StreamIncarnation incarnation;

  private volatile @Nullable String trouble;

  /**
   * @param onAttachNeeded called when the stream has to be attached to again; any thread may call
   *     it
   */
  HistoryStream(
      NatsLink link,
      NatsSettings settings,
      Subjects subjects,
      String pattern,
      Retention retention,
      Runnable onAttachNeeded) {
    this.subjects = subjects;
    this.pattern = pattern;
    this.retention = retention;
    this.definition = new StreamDefinition(settings, subjects, pattern, retention);
    this.publisher = new StreamPublisher(link, this);
    this.onAttachNeeded = onAttachNeeded;
  }

  /** Returns the first stream whose pattern matches the channel; null if none does. */
  static @Nullable HistoryStream of(List<HistoryStream> streams, String channel) {
    for (var stream : streams) {
      if (ChannelName.fits(stream.pattern, channel)) {
        return stream;
      }
    }
    return null;
  }

  public Retention retention() {
    return retention;
  }

  /** The stream's name at NATS. */
  public String stream() {
    return definition.stream();
  }

  /** The subject under which JetStream stores a channel's messages. */
  String subject(String channel) {
    return subjects.stored(pattern, channel);
  }

  /** The subject on which JetStream publishes a channel's notifications. */
  public String live(String channel) {
    return subjects.live(channel);
  }

  /** The stream's identity; null until this server has attached to the stream. */
  @Nullable StreamIncarnation incarnation() {
    return incarnation;
  }

  /** The reason why the last attempt to attach failed; null if it succeeded. */
  @Nullable String trouble() {
    return trouble;
  }

  void trouble(@Nullable String why) {
    trouble = why;
  }

  /** The highest sequence that JetStream has confirmed to this server. */
  long highestSeen() {
    return highestSeen.get();
  }

  /** Records that JetStream has stored a message with this sequence. */
  void seen(long sequence) {
    if (sequence > highestSeen.get()) {
      highestSeen.accumulateAndGet(sequence, Math::max);
    }
  }

  /** Requests that the stream is attached to again, on another thread. */
  void requestAttach() {
    onAttachNeeded.run();
  }

  /** The number of publications for which JetStream's answer never came. */
  long unacknowledged() {
    return publisher.unacknowledged();
  }

  /**
   * Stores a publication. The stage completes once JetStream has stored it, and fails with a {@link
   * io.lhttp.RefusedException} if the outcome is unknown.
   *
   * @throws io.lhttp.RefusedException 400 for a malformed message-id, 503 while the stream is out
   *     of reach
   */
  public CompletionStage<Void> store(
      String channel, Message message, io.lhttp.@Nullable Connection by) {
    return publisher.store(subject(channel), message, by, sequence -> null);
  }

  /** Stores a publication of the server's own code as {@link #store}; returns its position. */
  public CompletionStage<Position> storeAt(String channel, Message message) {
    return publisher.store(subject(channel), message, null, this::position);
  }

  /**
   * Lets a channel's history begin anew: stores a {@link ResetMark}, and returns its position. The
   * messages before it stay in the stream until they expire, because the stream lets nobody remove
   * any. Throws the same as {@link #store}.
   */
  public CompletionStage<Position> storeReset(String channel) {
    return publisher.storeReset(subject(channel), this::position);
  }

  private Position position(long sequence) {
    var known = incarnation;
    if (known == null) {
      throw new CompletionException(Refusals.noHistory());
    }
    return known.position(sequence);
  }

  /** Ends all publications under way as unknown, because a lost connection brings no answer. */
  void disconnected() {
    publisher.disconnected();
  }

  /** See {@link StreamPublisher#cancelOverdue}. */
  void cancelOverdue() {
    publisher.cancelOverdue();
  }

  JetStreamManagement management(Connection connection) throws IOException {
    return connection.jetStreamManagement(
        JetStreamOptions.builder().requestTimeout(ANSWER_TIME).build());
  }

  /**
   * Finds the stream, or creates it, on the calling thread. If the stream has lost messages, it
   * gets a new incarnation.
   *
   * @return whether the stream has another incarnation than before
   * @throws IllegalStateException if a stream of this name has another configuration
   */
  synchronized boolean attach(Connection connection) throws IOException, JetStreamApiException {
    var management = management(connection);
    var before = incarnation;
    var last = highestSeen.get(); // read before the stream's state, because both grow meanwhile
    var info = definition.establish(management);
    var now = StreamIncarnation.of(info);
    if (before != null && isBehind(info, now, before, last)) {
      log.error("stream {} has lost stored messages: its history begins a new epoch", stream());
      info = definition.renew(management, info, before);
      now = StreamIncarnation.of(info);
    }
    var other = before != null && now.born() != before.born();
    if (before == null || other) {
      highestSeen.set(0);
    }
    seen(lastOf(info));
    incarnation = now;
    return other;
  }

  /**
   * Whether the stream was created before the one that this server knows, or has lost messages that
   * this server has seen.
   */
  private static boolean isBehind(
      StreamInfo info, StreamIncarnation now, StreamIncarnation before, long last) {
    return now.born() < before.born() || (now.born() == before.born() && lastOf(info) < last);
  }

  /**
   * Reads the stream's state on the calling thread.
   *
   * @throws IOException if the stream was created again, or has lost messages, since it was
   *     attached to
   */
  StreamInfo checkedInfo(JetStreamManagement management, StreamInfoOptions options)
      throws IOException, JetStreamApiException {
    var known = incarnation;
    var last = highestSeen.get(); // read before the stream's state, because both grow meanwhile
    var info = management.getStreamInfo(stream(), options);
    if (known == null || StreamIncarnation.of(info).born() != known.born() || lastOf(info) < last) {
      requestAttach();
      throw new IOException("stream " + stream() + " was created again, or has lost messages");
    }
    seen(lastOf(info));
    return info;
  }

  /** The sequence of the stream's last message. */
  static long lastOf(StreamInfo info) {
    return info.getStreamState().getLastSequence();
  }
}
