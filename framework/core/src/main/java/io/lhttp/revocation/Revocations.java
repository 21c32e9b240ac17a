package io.lhttp.revocation;

import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.revocation.Revocation.Kind;
import io.lhttp.revocation.RevocationStore.Stored;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The list of revoked tokens and blocked users on one server. A store keeps it; this class has a
 * copy in memory, by which a filter decides about a login without waiting. It outlives reloads of
 * the chain. All threads may use it.
 *
 * <p>While the list is not known, because a server was cut off from the store, {@link #trouble} has
 * the reason, and filters let nobody in. {@link #add} and {@link #remove} block until the change is
 * stored.
 */
public final class Revocations implements MetricSource, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Revocations.class);
  private static final ErrorLog errors = new ErrorLog(log, "the list of revocations");

  /** The interval in which ended entries are removed. */
  private static final Duration TIDY_INTERVAL = Duration.ofMinutes(1);

  /** The longest time for which a change waits until this server knows another server's change. */
  private static final Duration CATCH_UP = Duration.ofSeconds(1);

  private static final int ATTEMPTS = 5;
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final String UNREAD = "the list of revocations is not read yet";

  private final Optional<RevocationStore> store;
  private final String reason;
  private final Bounds bounds;
  private final Clock clock;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** The entries by the keys of the store. Guarded by {@link #lock}. */
  private final Map<String, Stored> byKey = new HashMap<>();

  /** The number of entries without an end. Guarded by {@link #lock}. */
  private int endless;

  /** The entries that are being stored, each call's own. Guarded by {@link #lock}. */
  private final Set<Revocation> pending = Collections.newSetFromMap(new IdentityHashMap<>());

  /** The same entries for look-ups. The lock guards changes. */
  private volatile Map<Target, Stored> index = new ConcurrentHashMap<>();

  private volatile long revision;
  private volatile @Nullable String trouble;
  private @Nullable Thread tidying;

  /**
   * The bounds of a list.
   *
   * @param entries the most entries, 1 to 1,000,000
   * @param endless the most entries without an end among them, 1 at least: of tokens without {@code
   *     exp}, and of users who are blocked until they are unblocked
   */
  public record Bounds(int entries, int endless) {
    public static final Bounds DEFAULT = new Bounds(100_000, 10_000);

    private static final int MOST = 1_000_000;

    public Bounds {
      if (entries < 1 || entries > MOST) {
        throw new IllegalArgumentException(
            "entries: expected 1 to %d, not %d".formatted(MOST, entries));
      }
      if (endless < 1 || endless > entries) {
        throw new IllegalArgumentException(
            "endless: expected 1 to the number of entries, not " + endless);
      }
    }
  }

  /** The kind and target of an entry. */
  private record Target(Kind kind, String name) {}

  private Revocations(Optional<RevocationStore> store, String reason, Bounds bounds, Clock clock) {
    this.store = store;
    this.reason = reason;
    this.bounds = bounds;
    this.clock = clock;
    this.trouble = store.isPresent() ? UNREAD : null;
  }

  /**
   * Returns an empty list that takes no entries.
   *
   * @param reason the answer to a request for an entry
   */
  public static Revocations none(String reason) {
    return new Revocations(Optional.empty(), reason, Bounds.DEFAULT, Clock.systemUTC());
  }

  /** Returns the list of a store. Nobody is let in before {@link #start}. */
  public static Revocations in(RevocationStore store, Bounds bounds) {
    return in(store, bounds, Clock.systemUTC());
  }

  /** Returns the list of a store, with another time of day. */
  public static Revocations in(RevocationStore store, Bounds bounds, Clock clock) {
    return new Revocations(Optional.of(store), "", bounds, clock);
  }

  /**
   * Reads the list. If this takes longer than {@code patience}, the method returns and the store
   * continues to try.
   *
   * @throws IOException if the list can't be read, and no later attempt can help
   */
  public void start(Duration patience) throws IOException {
    if (store.isEmpty()) {
      return;
    }
    store.get().open(new Mirror(), patience);
    tidying = Thread.ofVirtual().name("lhttp-revocations").start(this::tidyRegularly);
  }

  /** Whether there is a store, so that entries can be added. */
  public boolean kept() {
    return store.isPresent();
  }

  /**
   * The reason why the list is not known, and nobody may be let in; empty while it is known. The
   * text is public.
   */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /**
   * Requires that the list is known.
   *
   * @throws RefusedException 503 with a pause if it is not
   */
  public void requireKnown() {
    var why = trouble;
    if (why != null) {
      throw new RefusedException(Outcome.refused(503, why).retryAfter(RETRY));
    }
  }

  /** The list contains all changes of the store up to this one. */
  public long revision() {
    return revision;
  }

  /** Returns whether a token is revoked, or its user is blocked; empty if the user may come in. */
  public Optional<Verdict> of(Credential credential) {
    return Optional.ofNullable(find(credential)).map(stored -> stored.entry().verdict());
  }

  private @Nullable Stored find(Credential credential) {
    var list = index;
    if (list.isEmpty()) {
      return null;
    }
    var now = clock.instant();
    var found = counts(list, Kind.BLOCK, credential.user(), now);
    if (found == null) {
      found = counts(list, Kind.TOKEN, credential.sha256(), now);
    }
    if (found == null && credential.id().isPresent()) {
      found = counts(list, Kind.ID, credential.id().get(), now);
    }
    if (found == null) {
      found = ifOlder(credential.issued(), counts(list, Kind.USER, credential.user(), now));
    }
    if (found == null && !credential.fixed()) {
      found = ifOlder(credential.issued(), counts(list, Kind.ALL, "", now));
    }
    return found;
  }

  /**
   * Requires that the list is known, and could block the user, unless this is an anonymous client.
   *
   * @throws RefusedException 503 with a pause if the list is not known; 403 if there is a store,
   *     and the user's name is longer than an entry's or has a control character
   */
  public void requireKnown(String user) {
    if (!user.isEmpty()) {
      requireKnown();
      if (kept() && !Revocation.nameable(user)) {
        throw new RefusedException(
            403,
            "the user's name is longer than %d characters, or has a control character"
                .formatted(Revocation.LONGEST_TARGET));
      }
    }
  }

  /**
   * Requires that a user is not blocked.
   *
   * @throws RefusedException 403
   */
  public void requireNotBlocked(String user) {
    var list = index;
    if (!list.isEmpty()
        && !user.isEmpty()
        && counts(list, Kind.BLOCK, user, clock.instant()) != null) {
      throw new RefusedException(Verdict.BLOCKED.status(), Verdict.BLOCKED.reason());
    }
  }

  /**
   * Returns the entry for which an open connection has to end. A user without a {@link Credential}
   * was accepted by a filter of the application: a revocation of the user's tokens ends the
   * connections that are open then, and only a block refuses later ones. If such a filter has given
   * the user of a token another name, the connection ends by either name.
   *
   * @param since when the connection was opened
   * @param after the revision up to which the connection was checked already
   */
  public Optional<Revocation> ending(Connection connection, Instant since, long after) {
    var user = connection.principal().name();
    if (user.isEmpty()) {
      return Optional.empty();
    }
    var credential = Credential.of(connection);
    var found = credential.map(this::find).orElse(null);
    if (found == null && credential.filter(shown -> shown.user().equals(user)).isEmpty()) {
      found = find(user, since, after);
    }
    return Optional.ofNullable(found).map(Stored::entry);
  }

  private @Nullable Stored find(String user, Instant since, long after) {
    var list = index;
    if (list.isEmpty()) {
      return null;
    }
    var now = clock.instant();
    var found = counts(list, Kind.BLOCK, user, now);
    if (found == null) {
      var revoked = counts(list, Kind.USER, user, now);
      found = revoked == null || revoked.revision() <= after ? null : ifOlder(since, revoked);
    }
    return found;
  }

  private static @Nullable Stored counts(
      Map<Target, Stored> list, Kind kind, String target, Instant now) {
    var stored = list.get(new Target(kind, target));
    return stored != null && stored.entry().counts(now) ? stored : null;
  }

  private static @Nullable Stored ifOlder(Optional<Instant> issued, @Nullable Stored stored) {
    return issued.isPresent() ? ifOlder(issued.get(), stored) : stored;
  }

  private static @Nullable Stored ifOlder(Instant issued, @Nullable Stored stored) {
    return stored != null && stored.entry().before().filter(issued::isBefore).isPresent()
        ? stored
        : null;
  }

  /**
   * Adds an entry, or extends the entry of the same target: its later instant and its later end
   * count. A block is replaced. When this method returns, the entry is stored and this server lets
   * nobody in who is revoked.
   *
   * @return the revision of the change
   * @throws RefusedException 400 if the entry's end has passed; 503 if there is no store, or if it
   *     is not certain that the entry is stored; 409 if the list is full; 507 if the store is
   */
  public long add(Revocation entry) {
    var to = required();
    if (!entry.counts(clock.instant())) {
      throw new RefusedException(400, "the end of this entry has passed, so it would do nothing");
    }
    for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
      var known = known(entry.key());
      if (known != null && over(known)) {
        tidy(); // so that the store has no entry of this key either
        known = known(entry.key());
      }
      var wanted = known == null ? entry : known.entry().with(entry);
      if (known != null && wanted.equals(known.entry())) {
        return known.revision();
      }
      reserve(wanted);
      try {
        var stored = to.put(wanted, known == null ? 0 : known.revision());
        if (stored > 0) {
          return stored;
        }
      } finally {
        release(wanted);
      }
      awaitOther(entry.key(), known);
    }
    throw contended();
  }

  /**
   * Removes an entry.
   *
   * @return the revision of the change; empty if there is no such entry
   * @throws RefusedException 503 if there is no store, or if it is not certain that the entry is
   *     removed
   */
  public Optional<Long> remove(Kind kind, String target) {
    var from = required();
    var key = Revocation.key(kind, target);
    for (var attempt = 0; attempt < ATTEMPTS; attempt++) {
      var known = known(key);
      if (known == null || over(known)) {
        return Optional.empty();
      }
      var removed = from.remove(key, known.revision());
      if (removed > 0) {
        return Optional.of(removed);
      }
      awaitOther(key, known);
    }
    throw contended();
  }

  /** The entries that count now, in no order. */
  public List<Revocation> entries() {
    var now = clock.instant();
    return index.values().stream().map(Stored::entry).filter(entry -> entry.counts(now)).toList();
  }

  /**
   * Adds a task that runs after each change of the list. It has to return at once and must not
   * throw.
   */
  public void onChange(Runnable task) {
    listeners.add(task);
  }

  /** Removes a task that {@link #onChange} has added. */
  public void forget(Runnable task) {
    listeners.remove(task);
  }

  @Override
  public List<Metric> metrics() {
    if (store.isEmpty()) {
      return List.of();
    }
    var now = clock.instant();
    return Stream.concat(
            Stream.of(
                Metric.gauge(
                    "revocations_known",
                    "1 while this server knows the list of revocations; else it lets nobody in.",
                    trouble == null ? 1 : 0)),
            Stream.of(Kind.values())
                .map(kind ->
                    Metric.gauge(
                            "revocations",
                            "Entries of the list of revoked tokens and blocked users, by kind.",
                            index.values().stream()
                                .map(Stored::entry)
                                .filter(entry -> entry.kind() == kind && entry.counts(now))
                                .count())
                        .with("kind", kind.word())))
        .toList();
  }

  /** Stops, and closes the store. The entries stay stored. */
  @Override
  public void close() {
    if (tidying != null) {
      tidying.interrupt();
    }
    store.ifPresent(RevocationStore::close);
  }

  /**
   * Requires that there is a store, and that its list is known.
   *
   * @throws RefusedException 503
   */
  public void requireStored() {
    var unused = required();
  }

  private RevocationStore required() {
    if (store.isEmpty()) {
      throw new RefusedException(503, reason);
    }
    requireKnown();
    return store.get();
  }

  private static RefusedException contended() {
    return new RefusedException(
        Outcome.refused(503, "other servers change this entry, too").retryAfter(RETRY));
  }

  private @Nullable Stored known(String key) {
    lock.lock();
    try {
      return byKey.get(key);
    } finally {
      lock.unlock();
    }
  }

  private boolean over(Stored stored) {
    return !stored.entry().counts(clock.instant());
  }

  /** Counts an entry that is about to be stored, so that concurrent requests keep the bounds. */
  private void reserve(Revocation entry) {
    if (reserved(entry)) {
      return;
    }
    tidy();
    if (reserved(entry)) {
      return;
    }
    throw new RefusedException(
        409,
        entry.end().isEmpty()
            ? "the list is full: it keeps %d entries, and %d of them without an end; name an end, or"
                    .formatted(bounds.entries, bounds.endless)
                + " remove some"
            : "the list is full: it keeps %d entries".formatted(bounds.entries));
  }

  private boolean reserved(Revocation entry) {
    lock.lock();
    try {
      pending.add(entry);
      var more = 0;
      var moreEndless = 0;
      for (var one : pending) {
        var known = byKey.get(one.key());
        more += known == null ? 1 : 0;
        moreEndless +=
            one.end().isEmpty() && (known == null || known.entry().end().isPresent()) ? 1 : 0;
      }
      var fits =
          (more == 0 || byKey.size() + more <= bounds.entries)
              && (moreEndless == 0 || endless + moreEndless <= bounds.endless);
      if (!fits) {
        pending.remove(entry);
      }
      return fits;
    } finally {
      lock.unlock();
    }
  }

  /** Ends a reservation: the stored entry is counted by then. */
  private void release(Revocation entry) {
    lock.lock();
    try {
      pending.remove(entry);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until this server knows the change of another one. */
  private void awaitOther(String key, @Nullable Stored before) {
    lock.lock();
    try {
      var left = CATCH_UP.toNanos();
      while (left > 0 && Objects.equals(byKey.get(key), before)) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void tidyRegularly() {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(TIDY_INTERVAL.toMillis());
        errors.run(this::tidy);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the list is being closed
    }
  }

  /** Removes entries that have ended, here and from the store. */
  void tidy() {
    var ended = new HashMap<String, Stored>();
    lock.lock();
    try {
      if (trouble != null) {
        return;
      }
      var now = clock.instant();
      byKey.forEach((key, stored) -> {
        if (!stored.entry().counts(now)) {
          ended.put(key, stored);
        }
      });
      ended.forEach((key, stored) -> drop(key));
    } finally {
      lock.unlock();
    }
    if (!ended.isEmpty()) {
      store.ifPresent(from -> from.forget(ended));
    }
  }

  /** Removes an entry from memory; the caller holds the lock. */
  private boolean drop(String key) {
    var known = byKey.remove(key);
    if (known == null) {
      return false;
    }
    endless -= known.entry().end().isEmpty() ? 1 : 0;
    index.remove(target(known.entry()));
    return true;
  }

  private void keep(Map<Target, Stored> index, Stored stored) {
    var before = byKey.put(stored.entry().key(), stored);
    endless -= before != null && before.entry().end().isEmpty() ? 1 : 0;
    endless += stored.entry().end().isEmpty() ? 1 : 0;
    index.put(target(stored.entry()), stored);
  }

  private static Target target(Revocation entry) {
    return new Target(entry.kind(), entry.target());
  }

  private void reportChange() {
    listeners.forEach(errors::run);
  }

  /** Copies the store's list into memory. */
  private final class Mirror implements RevocationStore.Listener {
    @Override
    public void list(Map<String, Stored> entries, long at) {
      lock.lock();
      try {
        new ArrayList<>(byKey.keySet()).forEach(Revocations.this::drop);
        var fresh = new ConcurrentHashMap<Target, Stored>();
        entries.values().forEach(stored -> keep(fresh, stored));
        index = fresh;
        revision = at;
        if (byKey.size() <= tooMany()) {
          trouble = null;
        } else {
          tooLong();
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      log.info("the list of revocations is known, entries={}", entries.size());
      reportChange();
    }

    @Override
    public void put(Stored stored) {
      lock.lock();
      try {
        keep(index, stored);
        revision = Math.max(revision, stored.revision());
        if (byKey.size() > tooMany()) {
          tooLong();
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      reportChange();
    }

    @Override
    public void removed(String key, long at) {
      lock.lock();
      try {
        drop(key);
        revision = Math.max(revision, at);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      reportChange();
    }

    @Override
    public void unknown(String why) {
      if (trouble == null) {
        log.warn("nobody is let in until the list of revocations is known: {}", why);
      }
      trouble = why;
    }

    /** Servers that add entries at the same time may exceed the bound, but never twice. */
    private long tooMany() {
      return 2L * bounds.entries;
    }

    private void tooLong() {
      trouble = "the list of revocations is longer than this server keeps";
      log.error(
          "the list of revocations has {} entries; all servers need the same bound", byKey.size());
    }
  }
}
