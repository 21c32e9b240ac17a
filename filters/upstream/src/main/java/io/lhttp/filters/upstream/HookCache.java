package io.lhttp.filters.upstream;

import io.lhttp.filters.upstream.HookAnswer.Allowed;
import io.lhttp.internal.cache.BoundedCache;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The answers that may be used again, for as long as they say. {@link HookBackend} owns it; all
 * threads may use it.
 *
 * <p>The key of an answer has everything that was asked, and the user; without a user, the
 * connection. Only an answer that says {@code public} and names no user is kept for everybody. A
 * refusal removes what is kept under both keys, and an answer to a question that was asked before
 * the refusal came is not kept.
 */
final class HookCache {
  /** The longest answer that is kept, so that the cache has a bound in bytes. */
  static final int MAX_BYTES = 4096;

  /** The answers take at most this part of the heap. */
  private static final int PART_OF_HEAP = 50;

  private static final Pattern MAX_AGE = Pattern.compile("max-age=\"?([0-9]{1,9})\"?");

  private final BoundedCache<String, Kept> answers;
  private final LongSupplier nanos;
  private final Duration longest;
  private final boolean enabled;
  private final ConcurrentMap<String, CompletableFuture<Optional<HookAnswer>>> flights =
      new ConcurrentHashMap<>();

  /** An answer until a time; without one, the mark of a refusal. */
  private record Kept(@Nullable HookAnswer answer, long asked, long until) {}

  /**
   * The uses that an answer's header {@code cache-control} permits.
   *
   * @param age zero if the answer must not be kept
   */
  record Policy(Duration age, boolean everybody) {
    static final Policy NONE = new Policy(Duration.ZERO, false);

    static Policy parse(Optional<String> header) {
      var age = Duration.ZERO;
      var everybody = false;
      var restricted = false;
      for (var word : header.orElse("").toLowerCase(Locale.ROOT).split(",", -1)) {
        var directive = word.strip();
        var form = MAX_AGE.matcher(directive);
        if (form.matches()) {
          age = Duration.ofSeconds(Long.parseLong(form.group(1)));
        } else if (directive.equals("public")) {
          everybody = true;
        } else if (directive.startsWith("private")) {
          restricted = true;
        } else if (directive.equals("no-store") || directive.startsWith("no-cache")) {
          return NONE;
        }
      }
      return new Policy(age, everybody && !restricted);
    }
  }

  /**
   * @param most the most answers; 0 for none
   */
  HookCache(int most, Duration longest, LongSupplier nanos) {
    var fitting = Runtime.getRuntime().maxMemory() / PART_OF_HEAP / MAX_BYTES;
    this.enabled = most > 0;
    this.answers = new BoundedCache<>((int) Math.max(1, Math.min(most, fitting)), longest, nanos);
    this.longest = longest;
    this.nanos = nanos;
  }

  /** Returns an answer to this question that is still valid. */
  Optional<HookAnswer> find(HookQuestion question) {
    return enabled
        ? valid(question.privateKey()).or(() -> valid(question.publicKey()))
        : Optional.empty();
  }

  private Optional<HookAnswer> valid(String key) {
    return answers
        .get(key)
        .filter(kept -> kept.until - nanos.getAsLong() > 0)
        .flatMap(kept -> Optional.ofNullable(aged(kept, nanos.getAsLong())));
  }

  /** Returns the answer with the time that is left of it. */
  private static @Nullable HookAnswer aged(Kept kept, long now) {
    return kept.answer instanceof Allowed allowed && allowed.expires().isPresent()
        ? allowed.expiringIn(allowed.expires().get().minusNanos(now - kept.asked))
        : kept.answer;
  }

  /**
   * Keeps an answer, or forgets earlier ones.
   *
   * @param asked when the question was asked, in nanoseconds
   * @return whether the answer was kept
   */
  boolean keep(HookQuestion question, HookAnswer answer, Policy policy, int bytes, long asked) {
    if (!enabled) {
      return false;
    }
    var age = policy.age.compareTo(longest) > 0 ? longest : policy.age;
    if (answer instanceof Allowed allowed && allowed.expires().isPresent()) {
      var expires = allowed.expires().get();
      age = age.compareTo(expires) > 0 ? expires : age;
    }
    var keeps = age.isPositive() && bytes <= MAX_BYTES;
    var everybody = policy.everybody && !(answer instanceof Allowed allowed && allowed.names());
    var until = asked + age.toNanos();
    if (answer instanceof Allowed) {
      if (keeps) {
        put(everybody ? question.publicKey() : question.privateKey(), answer, asked, until);
      }
    } else {
      var now = nanos.getAsLong();
      refuse(question.publicKey(), answer, now, everybody && keeps ? until : now);
      refuse(question.privateKey(), answer, now, !everybody && keeps ? until : now);
    }
    return keeps;
  }

  private synchronized void put(String key, HookAnswer answer, long asked, long until) {
    var newer = answers.get(key).filter(kept -> kept.asked - asked > 0);
    if (newer.isEmpty()) {
      answers.put(key, new Kept(answer, asked, until));
    }
  }

  /** Replaces any answer. A permission that was asked for before this moment is not kept later. */
  private synchronized void refuse(String key, HookAnswer answer, long now, long until) {
    answers.put(key, new Kept(until - now > 0 ? answer : null, now, until));
  }

  /** The number of answers. */
  long size() {
    return answers.size();
  }

  /**
   * Joins the question of another thread, or begins one.
   *
   * @param mine the question of this thread, which others join
   * @return the question to wait for; {@code mine} if this thread has to ask
   */
  CompletableFuture<Optional<HookAnswer>> join(
      String key, CompletableFuture<Optional<HookAnswer>> mine) {
    var other = flights.putIfAbsent(key, mine);
    return other == null ? mine : other;
  }

  /**
   * Ends the question of this thread.
   *
   * @param answer empty if those who wait have to ask themselves
   */
  void end(String key, CompletableFuture<Optional<HookAnswer>> mine, Optional<HookAnswer> answer) {
    flights.remove(key, mine);
    mine.complete(answer);
  }
}
