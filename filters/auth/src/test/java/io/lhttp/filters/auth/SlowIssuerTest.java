package io.lhttp.filters.auth;

import static io.lhttp.filters.auth.TestIssuer.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.fixture.CapturedLog;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.ManualClock;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slow, stalled or failing issuer delays only tokens whose key is not known yet. */
@Timeout(60)
class SlowIssuerTest {
  private static final KeyPair FIRST = Forge.ed25519();
  private static final KeyPair SECOND = Forge.ed25519();
  private static final Duration NEVER = Duration.ofHours(1);

  private final ManualClock clock = new ManualClock();
  private final Queue<Runnable> timers = new ConcurrentLinkedQueue<>();
  private TestIssuer issuer;

  @BeforeEach
  void start() throws IOException {
    issuer = TestIssuer.start(set(PublishedKeysTest.ed("one", FIRST)));
  }

  @AfterEach
  void stop() {
    issuer.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void staleKeys_areUsedWhileRefreshIsStalled(boolean inTheBody) throws Exception {
    try (var reader = reader(NEVER)) {
      reader.read(token("one", FIRST), true);
      issuer.stall(inTheBody);
      clock.advance(Duration.ofMinutes(11));
      for (var i = 0; i < 5; i++) {
        assertThat(reader.read(token("one", FIRST), true).principal().name()).isEqualTo("jack");
      }
      Eventually.holds("asked meanwhile", () -> issuer.asked.get() == 2);
    }
  }

  @Test
  void unknownKeyId_blocksItsOwnTokenAlone() throws Exception {
    try (var reader = reader(NEVER);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      reader.read(token("one", FIRST), true);
      issuer.stall(true);
      clock.advance(Duration.ofSeconds(6));
      issuer.published =
          set(PublishedKeysTest.ed("one", FIRST), PublishedKeysTest.ed("two", SECOND));
      var waits = threads.submit(() -> reader.read(token("two", SECOND), true));
      Eventually.holds("asked for it", () -> issuer.asked.get() == 2);
      assertThat(reader.read(token("one", FIRST), true).principal().name()).isEqualTo("jack");
      assertThat(waits.isDone()).isFalse();
      issuer.release();
      assertThat(waits.get(30, TimeUnit.SECONDS).principal().name()).isEqualTo("jack");
    }
  }

  @Test
  void concurrentReads_shareOneFetch() throws Exception {
    try (var reader = reader(NEVER);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      issuer.stall(true);
      var logins = new ArrayList<Future<Grant>>();
      for (var i = 0; i < 20; i++) {
        logins.add(threads.submit(() -> reader.read(token("one", FIRST), true)));
      }
      Eventually.holds("asked", () -> issuer.asked.get() == 1);
      issuer.release();
      for (var login : logins) {
        assertThat(login.get(30, TimeUnit.SECONDS).principal().name()).isEqualTo("jack");
      }
      assertThat(issuer.asked).hasValue(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void stalledFetch_timesOutForAllWaiters(boolean inTheBody) throws Exception {
    try (var reader = reader(Duration.ofMillis(200));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      issuer.stall(inTheBody);
      Callable<Grant> login = () -> reader.read(token("one", FIRST), true);
      for (var waits : threads.invokeAll(List.of(login, login, login))) {
        assertThatThrownBy(waits::get)
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(KeysUnreachableException.class);
      }
      assertThatThrownBy(login::call).isInstanceOf(KeysUnreachableException.class);
      assertThat(issuer.asked).as("once, and not at once again").hasValueLessThanOrEqualTo(1);
      issuer.release();
    }
    try (var reader = reader(NEVER)) {
      assertThat(reader.read(token("one", FIRST), true).principal().name()).isEqualTo("jack");
    }
  }

  @Test
  void refresh_keepsTokensOfKeysThatRemain() throws Exception {
    try (var authority = authority()) {
      var one = token("one", FIRST);
      authority.grant(one, true);
      refresh(authority, set(PublishedKeysTest.ed("one", FIRST)));
      assertThat(authority.seen(one)).as("the same keys").isTrue();
      refresh(
          authority, set(PublishedKeysTest.ed("two", SECOND), PublishedKeysTest.ed("one", FIRST)));
      assertThat(authority.seen(one)).as("one more, in another order").isTrue();
      refresh(authority, set(PublishedKeysTest.ed("two", SECOND)));
      assertThat(authority.seen(one)).as("its key is gone").isFalse();
      assertThatThrownBy(() -> authority.grant(one, true)).isInstanceOf(BadTokenException.class);
    }
  }

  @Test
  void refresh_withOtherKeyOfSameId_forgetsTokens() throws Exception {
    try (var authority = authority()) {
      var one = token("one", FIRST);
      authority.grant(one, true);
      refresh(authority, set(PublishedKeysTest.ed("one", SECOND)));
      assertThat(authority.seen(one)).isFalse();
    }
  }

  @Test
  void timer_refreshesKeysBeforeTheyAreStale() throws Exception {
    try (var reader = reader(NEVER)) {
      reader.read(token("one", FIRST), true);
      issuer.published = set(PublishedKeysTest.ed("two", SECOND));
      clock.advance(Duration.ofMinutes(8));
      Eventually.holds("a timer was set", () -> !timers.isEmpty());
      timers.remove().run();
      Eventually.holds("asked", () -> TestIssuer.counted(reader.metrics(), "fetched") == 2);
      assertThatThrownBy(() -> reader.read(token("one", FIRST), false))
          .as("a key that was taken back, of a server that was idle")
          .isInstanceOf(BadTokenException.class);
      Eventually.holds("and so on", () -> timers.size() == 1);
    }
    assertThat(timers).as("until it is closed").isEmpty();
  }

  @Test
  void handedOverKeys_keepTheirAge() throws Exception {
    try (var before = reader(NEVER);
        var after = reader(NEVER)) {
      before.read(token("one", FIRST), true);
      issuer.stall(true);
      clock.advance(Duration.ofHours(23));

      after.takeOver(before.handOver());

      assertThat(timers).as("each instance renews its keys").hasSize(2);
      assertThat(after.read(token("one", FIRST), false).principal().name()).isEqualTo("jack");
      clock.advance(Duration.ofHours(2));
      assertThat(before.handOver()).isEmpty();
      assertThatThrownBy(() -> after.read(token("one", FIRST), false))
          .isInstanceOf(KeysUnreachableException.class);
    }
  }

  @Test
  void handedOverKeys_ofOtherUrl_areNotUsed() throws Exception {
    try (var another = TestIssuer.start(set(PublishedKeysTest.ed("two", SECOND)));
        var before = reader(NEVER);
        var after = new JwtReader(another.jwt(), clock, clock::nanoTime)) {
      before.read(token("one", FIRST), true);

      after.takeOver(before.handOver());

      assertThat(after.read(token("two", SECOND), true).principal().name()).isEqualTo("jack");
      assertThatThrownBy(() -> after.read(token("one", FIRST), true))
          .isInstanceOf(BadTokenException.class);
    }
  }

  @Test
  void keysGivenBack_countOnlyIfNewer() throws Exception {
    try (var before = reader(NEVER);
        var after = reader(NEVER)) {
      before.read(token("one", FIRST), true);
      after.takeOver(before.handOver());
      var first = before.handOver();
      clock.advance(Duration.ofMinutes(1));
      issuer.published = set(PublishedKeysTest.ed("two", SECOND));
      after.read(token("two", SECOND), true);

      after.takeOver(first);
      before.takeOver(after.handOver());

      for (var reader : List.of(before, after)) {
        assertThat(reader.read(token("two", SECOND), false).principal().name()).isEqualTo("jack");
        assertThatThrownBy(() -> reader.read(token("one", FIRST), false))
            .isInstanceOf(BadTokenException.class);
      }
    }
  }

  @Test
  void tokenWithoutKeyId_isTriedWithFirstHundredKeys() throws Exception {
    var keys = new ArrayList<String>();
    for (var i = 0; i < 150; i++) {
      var pair = i == 2 ? FIRST : i == 120 ? SECOND : Forge.ed25519();
      keys.add(PublishedKeysTest.ed("k" + i, pair));
    }
    issuer.published = set(keys.toArray(String[]::new));
    try (var log = new CapturedLog(Jwks.class);
        var reader = reader(NEVER)) {
      assertThat(reader.read(token(FIRST), true).principal().name()).isEqualTo("jack");
      assertThatThrownBy(() -> reader.read(token(SECOND), true))
          .isInstanceOf(BadTokenException.class)
          .hasMessageContaining("first 100 keys");
      assertThat(reader.read(token("k120", SECOND), true).principal().name()).isEqualTo("jack");
      assertThat(log.messages())
          .filteredOn(line -> line.startsWith("many keys of one algorithm"))
          .singleElement()
          .asString()
          .endsWith("tried=100 keys=150");
    }
  }

  @Test
  void skippedKeys_areLoggedOnce() throws Exception {
    try (var log = new CapturedLog(Jwks.class);
        var authority = authority()) {
      var bad = "{\"kty\":\"RSA\",\"kid\":\"bad\\nline\",\"n\":\"AQAB\"}";
      issuer.published = set(bad, PublishedKeysTest.ed("one", FIRST));
      authority.grant(token("one", FIRST), true);
      refresh(authority, issuer.published);
      refresh(authority, issuer.published);
      var logged = log.messages().stream().filter(line -> line.startsWith("skipped key")).toList();
      assertThat(logged).singleElement().asString().contains("keys[0] kid=bad?line: ");
    }
  }

  /** Publishes other keys, and waits until the filter has fetched them. */
  private void refresh(Authority authority, String keys) {
    issuer.published = keys;
    var had = TestIssuer.counted(authority.metrics(), "fetched");
    clock.advance(Duration.ofMinutes(11));
    // Repeated, because the previous fetch may still be ending, and then a token starts no other.
    Eventually.holds(
        "fetched",
        () -> {
          authority.seen(token("one", FIRST));
          return TestIssuer.counted(authority.metrics(), "fetched") > had;
        });
  }

  private Authority authority() {
    var options = AuthOptions.of(issuer.jwt());
    return new Authority(options, clock, clock::nanoTime);
  }

  private JwtReader reader(Duration answer) {
    return new JwtReader(
        issuer.jwt(),
        clock,
        new Jwks.Timing(
            clock::nanoTime,
            (delay, task) -> {
              timers.add(task);
              return () -> timers.remove(task);
            },
            answer));
  }

  private static String token(KeyPair pair) {
    return Forge.signed("Ed25519", "{\"alg\":\"EdDSA\"}", "{\"sub\":\"jack\"}", pair.getPrivate());
  }

  private static String token(String kid, KeyPair pair) {
    return Forge.signed(
        "Ed25519",
        "{\"alg\":\"EdDSA\",\"kid\":\"" + kid + "\"}",
        "{\"sub\":\"jack\"}",
        pair.getPrivate());
  }
}
