package io.lhttp.nats.internal.bucket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Subjects;
import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.RevocationStore;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueEntry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the list of revocations of several servers in a bucket of NATS' key-value store. {@link
 * io.lhttp.nats.NatsBroker} owns it. All threads may use it; virtual threads of its own ask NATS,
 * and a thread of jnats reports changes.
 *
 * <p>After each connection to NATS the bucket is <i>attached to</i>: found or created, and read.
 * Then it is <i>watched</i>. When the connection breaks, or the watch falls behind, the list is
 * unknown until the bucket is attached to again.
 */
public final class RevocationBucket implements RevocationStore {
  private static final Logger log = LoggerFactory.getLogger(RevocationBucket.class);
  private static final ErrorLog errors = new ErrorLog(log, "the list of revocations at NATS");

  /** The longest time that a change waits until the watch has reported it. */
  private static final Duration ECHO_TIME = Duration.ofSeconds(4);

  private static final Duration RETRY = Duration.ofMillis(250);

  /** The interval of the checks whether the watch still reports all changes. */
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(3);

  /** The time for which the marker of a removed entry stays in the bucket. */
  private static final Duration MARKER_TIME = Duration.ofMinutes(10);

  private static final int MARKERS_AT_ONCE = 500;
  private static final String AWAY =
      "NATS is out of reach, so that the list of revocations is not known";
  private static final String SILENT =
      "NATS does not answer, so that the list of revocations is not known";
  private static final String READING = "the list of revocations is not read yet";
  private static final String LATER =
      "a server of a later version has revoked something that this server can't read";

  private final NatsLink link;
  private final BucketDefinition definition;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lhttp-bucket-", 0).factory());

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // The lock guards all fields below.

  private @Nullable Listener listener;
  private Mirror mirror = new Mirror();
  private @Nullable BucketIncarnation incarnation;
  private @Nullable Watch watch;
  private boolean known;
  private boolean attaching;
  private boolean attachAgain;
  private boolean lagging;
  private String failure = "";

  public RevocationBucket(NatsLink link, NatsSettings settings) {
    this.link = link;
    this.definition = new BucketDefinition(settings, Subjects.bucket(settings.subjectPrefix()));
  }

  @Override
  public void open(Listener listener, Duration patience) {
    lock.lock();
    try {
      this.listener = listener;
      attachSoon();
      execute(this::checkRegularly);
      await(() -> known, patience);
    } finally {
      lock.unlock();
    }
  }

  /** Called when the connection to NATS is established, for the first time or again. */
  public void connected() {
    attachAnew(READING);
  }

  private void attachAnew(String reason) {
    lock.lock();
    try {
      forgetWatch(reason);
      attachSoon();
    } finally {
      lock.unlock();
    }
  }

  /** Called when the connection to NATS is lost. */
  public void disconnected() {
    lock.lock();
    try {
      forgetWatch(AWAY);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long put(Revocation entry, long replaced) {
    var key = entry.key();
    var value = entry.text().getBytes(UTF_8);
    try {
      var bucket = bucket(required());
      var revision =
          replaced == 0 ? bucket.create(key, value) : bucket.update(key, value, replaced);
      requireEcho(() -> mirror.revision >= revision);
      return revision;
    } catch (IOException e) {
      throw uncertain(e);
    } catch (JetStreamApiException e) {
      return refused(e);
    }
  }

  @Override
  public long remove(String key, long revision) {
    try {
      bucket(required()).delete(key, revision);
      requireEcho(() -> !mirror.has(key, revision));
      lock.lock();
      try {
        return mirror.revision;
      } finally {
        lock.unlock();
      }
    } catch (IOException e) {
      throw uncertain(e);
    } catch (JetStreamApiException e) {
      return refused(e);
    }
  }

  @Override
  public void forget(Map<String, Stored> ended) {
    var connection = link.established();
    lock.lock();
    try {
      ended.forEach((key, stored) -> mirror.entries.remove(key, stored));
    } finally {
      lock.unlock();
    }
    if (connection != null) {
      for (var one : ended.entrySet()) {
        if (!erase(connection, one.getKey(), one.getValue().revision())) {
          return; // a later call, or another server, erases the others
        }
      }
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      listener = null;
      forgetWatch(AWAY);
    } finally {
      lock.unlock();
    }
    threads.shutdownNow();
  }

  private Connection required() {
    var connection = link.established();
    if (connection == null) {
      throw new RefusedException(Outcome.refused(503, AWAY).retryAfter(Duration.ofSeconds(1)));
    }
    return connection;
  }

  private KeyValue bucket(Connection connection) throws IOException {
    return connection.keyValue(definition.bucket(), BucketDefinition.options());
  }

  private static RefusedException uncertain(Exception e) {
    log.warn("NATS did not answer a change of the list of revocations: {}", e.toString());
    return new RefusedException(
        Outcome.refused(503, "NATS did not answer in time; the change may have been stored")
            .retryAfter(Duration.ofSeconds(1)));
  }

  /** Returns 0 if another server was faster; throws for any other refusal. */
  private long refused(JetStreamApiException e) {
    if (BucketDefinition.lostRace(e)) {
      return 0;
    }
    log.error("NATS refuses a change of the list of revocations: {}", e.getMessage());
    if (BucketDefinition.full(e)) {
      throw new RefusedException(507, "the bucket of the list of revocations is full");
    }
    if (BucketDefinition.missing(e)) {
      attachAnew(READING);
    }
    throw new RefusedException(
        Outcome.refused(503, "NATS refuses the change; the log says why")
            .retryAfter(Duration.ofSeconds(1)));
  }

  /** Waits until the watch has reported a change that NATS has acknowledged. */
  private void requireEcho(BooleanSupplier reported) {
    lock.lock();
    try {
      if (!await(() -> known && reported.getAsBoolean(), ECHO_TIME)) {
        throw new RefusedException(
            Outcome.refused(503, "the change is stored, but this server could not read it back")
                .retryAfter(Duration.ofSeconds(1)));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a condition; the caller holds the lock. Returns whether it holds. */
  private boolean await(BooleanSupplier condition, Duration patience) {
    try {
      var left = patience.toNanos();
      while (!condition.getAsBoolean()) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends the watch, so that the list is unknown; the caller holds the lock. */
  private void forgetWatch(String reason) {
    var before = watch;
    watch = null;
    known = false;
    lagging = false;
    if (before != null) {
      execute(before::end);
    }
    if (listener != null) {
      listener.unknown(reason);
    }
  }

  /** Requests that the bucket is attached to; the caller holds the lock. */
  private void attachSoon() {
    if (listener == null) {
      return;
    }
    attachAgain = true;
    if (!attaching) {
      attaching = true;
      execute(this::attachUntilDone);
    }
  }

  private void attachUntilDone() {
    try {
      while (true) {
        lock.lock();
        try {
          if (!attachAgain || listener == null) {
            attaching = false;
            return;
          }
          attachAgain = false;
        } finally {
          lock.unlock();
        }
        var connection = link.established();
        // Without a connection, the next one requests another attempt.
        if (connection != null && !attach(connection)) {
          TimeUnit.MILLISECONDS.sleep(RETRY.toMillis());
          lock.lock();
          try {
            attachAgain = true;
          } finally {
            lock.unlock();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the broker is being closed
    }
  }

  private boolean attach(Connection connection) throws InterruptedException {
    try {
      restore(connection);
      // The bucket is described again, because the restored entries are part of the list.
      var now = definition.establish(connection);
      var begun = new Watch(now);
      lock.lock();
      try {
        var before = watch;
        watch = begun;
        if (before != null) {
          execute(before::end);
        }
      } finally {
        lock.unlock();
      }
      begun.begin(bucket(connection));
      failure = "";
      return true;
    } catch (IOException | JetStreamApiException | IllegalStateException e) {
      logOnce(String.valueOf(e.getMessage()));
      return false;
    } catch (RuntimeException | Error e) {
      errors.add(e);
      return false;
    }
  }

  /**
   * Stores the entries that this server knows and that the bucket has lost, because it was deleted
   * or restored from an older copy.
   */
  private void restore(Connection connection) throws IOException, JetStreamApiException {
    Map<String, Stored> here;
    @Nullable BucketIncarnation before;
    lock.lock();
    try {
      here = Map.copyOf(mirror.entries);
      before = incarnation;
    } finally {
      lock.unlock();
    }
    // Asked behind the copy: the sequence of a bucket that has lost nothing includes each entry.
    var found = definition.establish(connection);
    if (before == null) {
      return;
    }
    var lost = new HashMap<String, Stored>();
    here.forEach((key, stored) -> {
      if (!before.equals(found) || stored.revision() > found.last()) {
        lost.put(key, stored);
      }
    });
    if (lost.isEmpty()) {
      return;
    }
    log.warn("the bucket of revocations has lost entries, which are stored again={}", lost.size());
    var bucket = bucket(connection);
    for (var entry : lost.entrySet()) {
      try {
        var unused = bucket.create(entry.getKey(), entry.getValue().entry().text().getBytes(UTF_8));
      } catch (JetStreamApiException e) {
        if (!BucketDefinition.lostRace(e)) {
          throw e;
        }
        log.debug("another server has stored {}", entry.getKey());
      }
    }
  }

  private void logOnce(String text) {
    if (!text.equals(failure)) {
      failure = text;
      log.error(
          "NATS can't keep the list of revocations, bucket={}: {}",
          definition.bucket(),
          text.contains("JetStream") ? text + " (start nats-server with -js)" : text);
    }
  }

  private void checkRegularly() {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(CHECK_INTERVAL.toMillis());
        try {
          check();
        } catch (IOException e) {
          log.debug("NATS does not answer the check of the list of revocations", e);
          attachAnew(SILENT);
        } catch (JetStreamApiException e) {
          log.debug("the check of the list of revocations", e);
        } catch (RuntimeException | Error e) {
          errors.add(e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the broker is being closed
    }
  }

  /**
   * Attaches to the bucket again if it is another one, or if the watch is silent about changes
   * since the last check.
   */
  private void check() throws IOException, JetStreamApiException {
    var connection = link.established();
    if (connection == null) {
      return;
    }
    var found = definition.find(connection);
    lock.lock();
    try {
      if (!known || listener == null) {
        attachSoon();
        return;
      }
      var behind = found == null || !Objects.equals(found, incarnation) || lags(found);
      if (behind) {
        forgetWatch(READING);
        attachSoon();
        return;
      }
    } finally {
      lock.unlock();
    }
    eraseMarkers(connection);
  }

  /** Whether the bucket had changes at the last check that the watch has not reported yet. */
  private boolean lags(BucketIncarnation found) {
    var before = lagging;
    lagging = found.last() > mirror.revision;
    return before && lagging;
  }

  /** Removes old markers of removed entries, so that they do not fill the bucket. */
  private void eraseMarkers(Connection connection) {
    var old = new HashMap<String, Long>();
    var until = Instant.now().minus(MARKER_TIME);
    lock.lock();
    try {
      mirror.markers.forEach((key, marker) -> {
        if (old.size() < MARKERS_AT_ONCE && marker.at().isBefore(until)) {
          old.put(key, marker.revision());
        }
      });
      old.keySet().forEach(mirror.markers::remove);
    } finally {
      lock.unlock();
    }
    for (var marker : old.entrySet()) {
      if (!erase(connection, marker.getKey(), marker.getValue())) {
        return; // another server erases the others
      }
    }
  }

  /**
   * Erases a value or a marker that another server may have erased already; returns false on
   * failure.
   */
  private boolean erase(Connection connection, String key, long revision) {
    try {
      definition.erase(connection, key, revision);
      return true;
    } catch (IOException | JetStreamApiException e) {
      log.debug("an ended revocation stays for now", e);
      return false;
    }
  }

  private void execute(Runnable task) {
    try {
      threads.execute(errors.guard(task));
    } catch (RejectedExecutionException e) {
      log.debug("the broker is closed", e);
    }
  }

  /** Called with each entry of a watch, in order; a thread of jnats calls it. */
  private void received(Watch from, Mirror into, KeyValueEntry entry) {
    lock.lock();
    try {
      if (!from.equals(watch)) {
        return; // a late call of an earlier watch
      }
      var readable = into.later.isEmpty();
      var change = into.apply(entry);
      if (!known) {
        return; // the list is being read
      }
      if (readable != into.later.isEmpty()) {
        announce();
      } else if (listener != null && readable && change != null) {
        change.accept(listener);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Called when a watch has delivered the whole list. */
  private void complete(Watch from, Mirror read, BucketIncarnation of) {
    lock.lock();
    try {
      if (!from.equals(watch)) {
        return;
      }
      read.keepOverwritten(mirror);
      read.revision = Math.max(read.revision, of.last());
      mirror = read;
      incarnation = of;
      known = true;
      announce();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void announce() {
    if (listener == null) {
      return;
    }
    if (mirror.later.isEmpty()) {
      listener.list(Map.copyOf(mirror.entries), mirror.revision);
    } else {
      listener.unknown(LATER);
    }
  }

  /** One reading of the bucket, and the changes after it. */
  private final class Watch implements io.nats.client.api.KeyValueWatcher {
    private final Mirror read = new Mirror();
    private final BucketIncarnation of;
    private volatile @Nullable AutoCloseable subscription;
    private volatile boolean ended;

    Watch(BucketIncarnation of) {
      this.of = of;
    }

    void begin(KeyValue bucket) throws IOException, JetStreamApiException, InterruptedException {
      subscription = bucket.watchAll(this);
      if (ended) {
        end();
      }
    }

    @Override
    public void watch(KeyValueEntry entry) {
      errors.run(() -> received(this, read, entry));
    }

    @Override
    public void endOfData() {
      errors.run(() -> complete(this, read, of));
    }

    void end() {
      ended = true;
      var begun = subscription;
      if (begun != null) {
        try {
          begun.close();
        } catch (Exception e) {
          log.debug("a watch of revocations", e);
        }
      }
    }
  }
}
