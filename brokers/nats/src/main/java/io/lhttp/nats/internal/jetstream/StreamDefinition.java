package io.lhttp.nats.internal.jetstream;

import io.lhttp.channel.Retention;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.Subjects;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.Republish;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates, checks and updates the configuration of the stream for one pattern of {@code history}.
 * Owned by a {@link HistoryStream}. Immutable; the methods that take a {@link JetStreamManagement}
 * block, and only virtual threads call them.
 */
final class StreamDefinition {
  private static final Logger log = LoggerFactory.getLogger(StreamDefinition.class);

  /** The longest time for which NATS remembers message ids. */
  private static final Duration LONGEST_WINDOW = Duration.ofMinutes(10);

  private static final int NO_STREAM = 10_059;
  private static final int NAME_IN_USE = 10_058;

  private final NatsSettings settings;
  private final Subjects subjects;
  private final String pattern;
  private final Retention retention;
  private final String stream;

  StreamDefinition(NatsSettings settings, Subjects subjects, String pattern, Retention retention) {
    this.settings = settings;
    this.subjects = subjects;
    this.pattern = pattern;
    this.retention = retention;
    this.stream = subjects.stream(pattern);
  }

  String stream() {
    return stream;
  }

  /**
   * Finds the stream, or creates it, and raises its limits to the retention.
   *
   * @throws IllegalStateException if the stream of this name has another configuration
   */
  StreamInfo establish(JetStreamManagement management) throws IOException, JetStreamApiException {
    return withRaisedLimits(management, findOrCreate(management));
  }

  /**
   * Gives a stream that has lost messages a new incarnation, by writing it into the stream's
   * description.
   */
  StreamInfo renew(JetStreamManagement management, StreamInfo info, StreamIncarnation before)
      throws IOException, JetStreamApiException {
    var renewed = Math.max(System.currentTimeMillis(), before.born() + 1);
    return management.updateStream(
        StreamConfiguration.builder(info.getConfiguration())
            .description(StreamIncarnation.notes(pattern, HistoryStream.lastOf(info), renewed))
            .build());
  }

  private StreamInfo findOrCreate(JetStreamManagement management)
      throws IOException, JetStreamApiException {
    try {
      return checked(management.getStreamInfo(stream));
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() != NO_STREAM) {
        throw e;
      }
    }
    try {
      var made = management.addStream(configuration());
      log.info("stream {} created at NATS for history={}", stream, pattern);
      return made;
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() != NAME_IN_USE) {
        throw e;
      }
      // another server has created the stream in the meantime
      return checked(management.getStreamInfo(stream));
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
        .duplicateWindow(duplicateWindow(retention.time()))
        .denyDelete(true)
        .denyPurge(true)
        .republish(
            Republish.builder()
                .source(under + "*")
                .destination(subjects.live("").concat("{{wildcard(1)}}"))
                .build())
        .build();
  }

  private StreamInfo checked(StreamInfo info) {
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

  /**
   * Raises the stream's limits to those of this server. It never lowers one, because another server
   * may need it.
   */
  private StreamInfo withRaisedLimits(JetStreamManagement management, StreamInfo info)
      throws IOException, JetStreamApiException {
    var is = info.getConfiguration();
    var messages = Math.max(is.getMaxMsgsPerSubject(), retention.messages());
    var age = longer(is.getMaxAge(), retention.time());
    if (messages == is.getMaxMsgsPerSubject() && age.equals(is.getMaxAge())) {
      return info;
    }
    log.info("stream {} limits raised, keeps {} messages for {}", stream, messages, age);
    var born = StreamIncarnation.of(info).born();
    return management.updateStream(
        StreamConfiguration.builder(is)
            .maxMessagesPerSubject(messages)
            .maxAge(age)
            .duplicateWindow(longer(is.getDuplicateWindow(), duplicateWindow(age)))
            .description(StreamIncarnation.notes(pattern, HistoryStream.lastOf(info), born))
            .build());
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static Duration duplicateWindow(Duration age) {
    return age.compareTo(LONGEST_WINDOW) < 0 ? age : LONGEST_WINDOW;
  }
}
