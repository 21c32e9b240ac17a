package io.lhttp.nats.internal.bucket;

import io.lhttp.nats.NatsSettings;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamOptions;
import io.nats.client.KeyValueOptions;
import io.nats.client.PurgeOptions;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueStatus;
import io.nats.client.api.StorageType;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds, creates and checks the bucket of revocations at NATS. Owned by {@link RevocationBucket}.
 * Immutable; the methods that take a connection block, and only virtual threads call them.
 */
final class BucketDefinition {
  private static final Logger log = LoggerFactory.getLogger(BucketDefinition.class);

  /** The longest time that this server waits for an answer of JetStream. */
  private static final Duration ANSWER_TIME = Duration.ofSeconds(4);

  /** The most bytes of an entry: a target of 255 characters, escaped, with two instants. */
  private static final int VALUE_BYTES = 4 * 1024;

  private static final String STREAM = "KV_";
  private static final int WRONG_LAST_SEQUENCE = 10_071;
  private static final int NO_STREAM = 10_059;
  private static final int NAME_IN_USE = 10_058;
  private static final int NO_STORAGE = 10_047;
  private static final int TOO_MANY_BYTES = 10_077;
  private static final int NO_RESOURCES = 10_023;
  private static final int ACCOUNT_IS_FULL = 10_002;
  private static final int NO_RESPONDERS = 503;

  private final NatsSettings settings;
  private final String bucket;

  BucketDefinition(NatsSettings settings, String bucket) {
    this.settings = settings;
    this.bucket = bucket;
  }

  String bucket() {
    return bucket;
  }

  static KeyValueOptions options() {
    return KeyValueOptions.builder().jsRequestTimeout(ANSWER_TIME).build();
  }

  /** Whether another server has changed the entry meanwhile. */
  static boolean lostRace(JetStreamApiException e) {
    return e.getApiErrorCode() == WRONG_LAST_SEQUENCE;
  }

  static boolean full(JetStreamApiException e) {
    return e.getApiErrorCode() == TOO_MANY_BYTES
        || e.getApiErrorCode() == NO_STORAGE
        || e.getApiErrorCode() == NO_RESOURCES
        || e.getApiErrorCode() == ACCOUNT_IS_FULL;
  }

  static boolean missing(JetStreamApiException e) {
    return e.getApiErrorCode() == NO_STREAM || e.getErrorCode() == NO_RESPONDERS;
  }

  /** Returns the bucket's identity; null if there is no bucket. */
  @Nullable BucketIncarnation find(Connection connection)
      throws IOException, JetStreamApiException {
    try {
      return incarnation(connection.keyValueManagement(options()).getStatus(bucket));
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() != NO_STREAM) {
        throw e;
      }
      return null;
    }
  }

  /**
   * Finds the bucket, or creates it.
   *
   * @throws IllegalStateException if the bucket of this name has another configuration
   */
  BucketIncarnation establish(Connection connection) throws IOException, JetStreamApiException {
    var found = find(connection);
    if (found != null) {
      return found;
    }
    try {
      var made = connection.keyValueManagement(options()).create(configuration());
      log.warn("there is no bucket {} at NATS: an empty list of revocations begins", bucket);
      return incarnation(made);
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() != NAME_IN_USE) {
        throw e;
      }
      // another server has created the bucket in the meantime
      return incarnation(connection.keyValueManagement(options()).getStatus(bucket));
    }
  }

  private KeyValueConfiguration configuration() {
    return KeyValueConfiguration.builder()
        .name(bucket)
        .description("revoked tokens and blocked users of LHTTP")
        .maxHistoryPerKey(1)
        .maximumValueSize(VALUE_BYTES)
        .storageType(StorageType.File)
        .replicas(settings.jetstream().replicas())
        .build();
  }

  private BucketIncarnation incarnation(KeyValueStatus status) {
    // A full bucket may drop its oldest entries (nats-server 2.9.10), although it is to refuse new
    // ones: the servers bound the entries instead.
    if (!status.getTtl().isZero()
        || status.getMaxBucketSize() > 0
        || status.getStorageType() != StorageType.File) {
      throw new IllegalStateException(
          "the bucket %s is none of ours, or was changed: expected no TTL, no limit of bytes, and"
                  .formatted(bucket)
              + " storage in files");
    }
    var stream = status.getBackingStreamInfo();
    return new BucketIncarnation(
        stream.getCreateTime().toInstant(), stream.getStreamState().getLastSequence());
  }

  /** Erases the value or marker of a key, unless it has a later revision. */
  void erase(Connection connection, String key, long revision)
      throws IOException, JetStreamApiException {
    var options = JetStreamOptions.builder().requestTimeout(ANSWER_TIME).build();
    var unused =
        connection
            .jetStreamManagement(options)
            .purgeStream(
                STREAM + bucket,
                PurgeOptions.builder()
                    .subject("$KV." + bucket + "." + key)
                    .sequence(revision + 1)
                    .build());
  }
}
