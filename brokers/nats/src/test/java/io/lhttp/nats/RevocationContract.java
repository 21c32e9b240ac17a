package io.lhttp.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.RefusedException;
import io.lhttp.revocation.Credential;
import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.Revocation.Kind;
import io.lhttp.revocation.RevocationStore;
import io.lhttp.revocation.Revocations;
import io.lhttp.revocation.Revocations.Bounds;
import io.lhttp.revocation.Verdict;
import io.lhttp.testing.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The rules that each store of revocations obeys. */
abstract class RevocationContract {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String ODD = "a b.c*>/ü😀\"\\\u2028";

  final ManualClock clock = new ManualClock();
  private final List<Revocations> open = new ArrayList<>();

  /** Opens the test's storage again, as a server does after a restart. */
  abstract RevocationStore store() throws Exception;

  @AfterEach
  void closeLists() {
    open.reversed().forEach(Revocations::close);
  }

  final Revocations list() throws Exception {
    return list(Bounds.DEFAULT);
  }

  final Revocations list(Bounds bounds) throws Exception {
    return list(store(), bounds);
  }

  final Revocations list(RevocationStore store, Bounds bounds) throws Exception {
    var list = Revocations.in(store, bounds, clock);
    open.add(list);
    list.start(PATIENCE);
    return list;
  }

  /** Closes a list, so that its storage can be opened again. */
  final void close(Revocations list) {
    open.remove(list);
    list.close();
  }

  static Credential token(String user, String id, Instant issued) {
    return new Credential(
        user, Optional.of(id), Credential.hash(user + id), Optional.of(issued), false);
  }

  private Credential token(String user, String id) {
    return token(user, id, clock.instant());
  }

  @Test
  void entries_afterReopening_refuseTheSame() throws Exception {
    var later = clock.instant().plusSeconds(60);
    var before = list();
    before.add(Revocation.user(ODD, later, Optional.empty()));
    before.add(Revocation.id(ODD, Optional.of(later)));
    before.add(Revocation.token(token("tom", "2").sha256(), Optional.of(later)));
    before.add(Revocation.block("eve", Optional.of(later)));
    before.add(Revocation.all(clock.instant().minusSeconds(60), Optional.empty()));
    var entries = before.entries();
    close(before);

    var after = list();

    assertThat(after.entries()).hasSize(5).containsExactlyInAnyOrderElementsOf(entries);
    assertThat(after.trouble()).isEmpty();
    assertThat(after.of(token(ODD, "1"))).contains(Verdict.REVOKED);
    assertThat(after.of(token(ODD, "1", later))).isEmpty();
    assertThat(after.of(token("mia", ODD))).contains(Verdict.REVOKED);
    assertThat(after.of(token("tom", "2"))).contains(Verdict.REVOKED);
    assertThat(after.of(token("tom", "3"))).isEmpty();
    assertThat(after.of(token("eve", "4", later))).contains(Verdict.BLOCKED);
    assertThat(after.of(token("mia", "5", clock.instant().minusSeconds(61))))
        .contains(Verdict.REVOKED);
  }

  @Test
  void removedEntry_afterReopening_isStillRemoved() throws Exception {
    var before = list();
    before.add(Revocation.block("eve", Optional.empty()));
    before.add(Revocation.block("tom", Optional.empty()));

    assertThat(before.remove(Kind.BLOCK, "eve")).isPresent();
    assertThat(before.remove(Kind.BLOCK, "eve")).isEmpty();
    assertThat(before.of(token("eve", "1"))).isEmpty();
    before.add(Revocation.block("zoe", Optional.empty()));
    close(before);

    assertThat(list().entries())
        .extracting(Revocation::target)
        .containsExactlyInAnyOrder("tom", "zoe");
  }

  @Test
  void entryAddedAgain_keepsLaterInstantAndEnd() throws Exception {
    var list = list();
    var now = clock.instant();
    var late = now.plusSeconds(100);
    var first = list.add(Revocation.user("tom", now, Optional.of(late)));
    var second = list.add(Revocation.user("tom", now.minusSeconds(5), Optional.of(now)));
    var third = list.add(Revocation.user("tom", late, Optional.of(now)));
    var fourth = list.add(Revocation.user("tom", now, Optional.empty()));

    assertThat(second).isEqualTo(first);
    assertThat(third).isGreaterThan(first);
    assertThat(fourth).isGreaterThan(third);
    assertThat(list.entries()).containsExactly(Revocation.user("tom", late, Optional.empty()));
    close(list);
    assertThat(list().entries()).containsExactly(Revocation.user("tom", late, Optional.empty()));
  }

  @Test
  void blockAddedAgain_isReplaced() throws Exception {
    var list = list();
    list.add(Revocation.block("tom", Optional.empty()));
    list.add(Revocation.block("tom", Optional.of(clock.instant().plusSeconds(9))));

    clock.advance(Duration.ofSeconds(10));

    assertThat(list.of(token("tom", "1"))).isEmpty();
  }

  @Test
  void endedEntry_countsForMarginAndCanBeAddedAgain() throws Exception {
    var list = list();
    list.add(Revocation.id("7", Optional.of(clock.instant().plusSeconds(60))));
    clock.advance(Duration.ofSeconds(60).plusMinutes(4));
    assertThat(list.of(token("tom", "7"))).contains(Verdict.REVOKED);
    clock.advance(Duration.ofMinutes(2));
    assertThat(list.of(token("tom", "7"))).isEmpty();

    list.add(Revocation.id("7", Optional.of(clock.instant().plusSeconds(60))));

    assertThat(list.of(token("tom", "7"))).contains(Verdict.REVOKED);
    close(list);
    assertThat(list().of(token("tom", "7"))).contains(Verdict.REVOKED);
  }

  @Test
  void endedEntries_makeRoomInFullList() throws Exception {
    var list = list(new Bounds(2, 1));
    list.add(Revocation.id("1", Optional.of(clock.instant().plusSeconds(60))));
    list.add(Revocation.id("2", Optional.of(clock.instant().plusSeconds(3_600))));
    assertRefused(409, () -> list.add(Revocation.id("3", Optional.of(clock.instant()))));

    clock.advance(Duration.ofMinutes(7));
    list.add(Revocation.id("3", Optional.of(clock.instant())));
    close(list);

    assertThat(list().entries()).extracting(Revocation::target).containsExactlyInAnyOrder("2", "3");
  }

  @Test
  void concurrentEntries_neverExceedBoundAndAreAllStored() throws Exception {
    var list = list(new Bounds(100, 30));
    var tasks = new ArrayList<Callable<Boolean>>();
    for (var i = 0; i < 60; i++) {
      var id = Integer.toString(i);
      tasks.add(() -> {
        try {
          return list.add(Revocation.id(id, Optional.empty())) > 0;
        } catch (RefusedException e) {
          assertThat(e.refusal().status()).isEqualTo(409);
          return false;
        }
      });
    }
    var stored = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var result : threads.invokeAll(tasks)) {
        stored += result.get() ? 1 : 0;
      }
    }
    assertThat(stored).isEqualTo(30);
    assertThat(list.entries()).hasSize(30);
    assertRefused(409, () -> list.add(Revocation.block("tom", Optional.empty())));
    list.add(Revocation.block("tom", Optional.of(clock.instant().plusSeconds(9))));
    var entries = list.entries();
    close(list);
    assertThat(list().entries()).containsExactlyInAnyOrderElementsOf(entries);
  }

  @Test
  void concurrentChangesOfOneEntry_keepTheStrictest() throws Exception {
    var list = list();
    var now = clock.instant();
    var tasks = new ArrayList<Callable<Long>>();
    for (var i = 0; i < 5; i++) {
      var before = now.plusSeconds(i);
      tasks.add(() -> list.add(Revocation.user("tom", before, Optional.empty())));
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var result : threads.invokeAll(tasks)) {
        result.get();
      }
    }
    assertThat(list.entries())
        .containsExactly(Revocation.user("tom", now.plusSeconds(4), Optional.empty()));
  }

  @Test
  void listener_isCalledAfterEachChange() throws Exception {
    var list = list();
    var calls = new ArrayList<Long>();
    list.onChange(() -> {
      synchronized (calls) {
        calls.add(list.revision());
      }
    });
    var added = list.add(Revocation.block("tom", Optional.empty()));
    var removed = list.remove(Kind.BLOCK, "tom").orElseThrow();
    synchronized (calls) {
      assertThat(calls).containsSubsequence(added, removed);
    }
  }

  static void assertRefused(int status, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.refusal().status()).isEqualTo(status));
  }
}
