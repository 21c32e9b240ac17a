package io.lhttp.filters.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.sun.net.httpserver.HttpServer;
import io.lhttp.Metric;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.ManualClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** An issuer that is slow, stalls or fails keeps nobody waiting whose key is here. */
@Timeout(60)
class SlowIssuerTest {
  private static final KeyPair FIRST = Forge.ed25519();
  private static final KeyPair SECOND = Forge.ed25519();
  private static final Duration NEVER = Duration.ofHours(1);

  private final ManualClock clock = new ManualClock();
  private final AtomicInteger asked = new AtomicInteger();
  private final Queue<Runnable> timers = new ConcurrentLinkedQueue<>();
  private volatile String published = set(PublishedKeysTest.ed("one", FIRST));
  private volatile CountDownLatch gate = new CountDownLatch(0);
  private volatile boolean stallsInTheBody;
  private HttpServer issuer;
  private URI uri;

  @BeforeEach
  void start() throws IOException {
    issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    issuer.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    issuer.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          var body = published.getBytes(UTF_8);
          if (!stallsInTheBody) {
            pass();
          }
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body, 0, body.length / 2);
          exchange.getResponseBody().flush();
          pass();
          exchange.getResponseBody().write(body, body.length / 2, body.length - body.length / 2);
          exchange.close();
        });
    issuer.start();
    uri = URI.create("http://127.0.0.1:" + issuer.getAddress().getPort() + "/keys");
  }

  @AfterEach
  void stop() {
    gate.countDown();
    issuer.stop(0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void staleKeys_areUsedWhileRefreshIsStalled(boolean inTheBody) throws Exception {
    try (var reader = reader(NEVER)) {
      reader.read(token("one", FIRST), true);
      stalls(inTheBody);
      clock.advance(Duration.ofMinutes(11));
      for (var i = 0; i < 5; i++) {
        assertThat(reader.read(token("one", FIRST), true).principal().name()).isEqualTo("jack");
      }
      Eventually.holds("asked meanwhile", () -> asked.get() == 2);
    }
  }

  @Test
  void unknownKeyId_blocksItsOwnTokenAlone() throws Exception {
    try (var reader = reader(NEVER);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      reader.read(token("one", FIRST), true);
      stalls(true);
      clock.advance(Duration.ofSeconds(6));
      published = set(PublishedKeysTest.ed("one", FIRST), PublishedKeysTest.ed("two", SECOND));
      var waits = threads.submit(() -> reader.read(token("two", SECOND), true));
      Eventually.holds("asked for it", () -> asked.get() == 2);
      assertThat(reader.read(token("one", FIRST), true).principal().name()).isEqualTo("jack");
      assertThat(waits.isDone()).isFalse();
      gate.countDown();
      assertThat(waits.get(30, TimeUnit.SECONDS).principal().name()).isEqualTo("jack");
    }
  }

  @Test
  void concurrentReads_shareOneFetch() throws Exception {
    try (var reader = reader(NEVER);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      stalls(true);
      var logins = new ArrayList<Future<Grant>>();
      for (var i = 0; i < 20; i++) {
        logins.add(threads.submit(() -> reader.read(token("one", FIRST), true)));
      }
      Eventually.holds("asked", () -> asked.get() == 1);
      gate.countDown();
      for (var login : logins) {
        assertThat(login.get(30, TimeUnit.SECONDS).principal().name()).isEqualTo("jack");
      }
      assertThat(asked).hasValue(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void stalledFetch_timesOutForAllWaiters(boolean inTheBody) throws Exception {
    try (var reader = reader(Duration.ofMillis(200));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      stalls(inTheBody);
      Callable<Grant> login = () -> reader.read(token("one", FIRST), true);
      for (var waits : threads.invokeAll(List.of(login, login, login))) {
        assertThatThrownBy(waits::get)
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(KeysUnreachableException.class);
      }
      assertThatThrownBy(login::call).isInstanceOf(KeysUnreachableException.class);
      assertThat(asked).as("once, and not at once again").hasValueLessThanOrEqualTo(1);
      gate.countDown();
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
      published = set(PublishedKeysTest.ed("two", SECOND));
      clock.advance(Duration.ofMinutes(8));
      Eventually.holds("a timer was set", () -> !timers.isEmpty());
      timers.remove().run();
      Eventually.holds("asked", () -> fetched(reader) == 2);
      assertThatThrownBy(() -> reader.read(token("one", FIRST), false))
          .as("a key that was taken back, of a server that was idle")
          .isInstanceOf(BadTokenException.class);
      Eventually.holds("and so on", () -> timers.size() == 1);
    }
    assertThat(timers).as("until it is closed").isEmpty();
  }

  @Test
  void skippedKeys_areLoggedOnce() throws Exception {
    var log = (Logger) LoggerFactory.getLogger(Jwks.class);
    var appender = new ListAppender<ILoggingEvent>();
    appender.start();
    log.addAppender(appender);
    try (var authority = authority()) {
      var bad = "{\"kty\":\"RSA\",\"kid\":\"bad\\nline\",\"n\":\"AQAB\"}";
      published = set(bad, PublishedKeysTest.ed("one", FIRST));
      authority.grant(token("one", FIRST), true);
      refresh(authority, published);
      refresh(authority, published);
      var told =
          List.copyOf(appender.list).stream()
              .map(ILoggingEvent::getFormattedMessage)
              .filter(line -> line.startsWith("skipped key"))
              .toList();
      assertThat(told).singleElement().asString().contains("keys[0] kid=bad?line: ");
    } finally {
      log.detachAppender(appender);
    }
  }

  /** The issuer publishes these keys from now on, and they are known. */
  private void refresh(Authority authority, String keys) {
    published = keys;
    var had = fetched(authority.metrics().toList());
    clock.advance(Duration.ofMinutes(11));
    authority.seen(token("one", FIRST));
    Eventually.holds("fetched", () -> fetched(authority.metrics().toList()) > had);
  }

  private Authority authority() {
    var options = AuthOptions.of(jwt());
    return new Authority(options, clock, clock::nanoTime);
  }

  private JwtReader reader(Duration answer) {
    return new JwtReader(
        jwt(),
        clock,
        new Jwks.Timing(
            clock::nanoTime,
            (delay, task) -> {
              timers.add(task);
              return () -> timers.remove(task);
            },
            answer));
  }

  private Jwt jwt() {
    return new Jwt(
        Optional.empty(),
        List.of(),
        Optional.of(uri),
        Duration.ofMinutes(10),
        Optional.empty(),
        List.of(),
        false,
        Duration.ofSeconds(30),
        "sub");
  }

  private static double fetched(JwtReader reader) {
    return fetched(reader.metrics().toList());
  }

  private static double fetched(List<Metric> metrics) {
    return metrics.stream()
        .filter(measure -> measure.labels().containsValue("fetched"))
        .mapToDouble(Metric::value)
        .sum();
  }

  private void stalls(boolean inTheBody) {
    gate = new CountDownLatch(1);
    stallsInTheBody = inTheBody;
  }

  private void pass() throws IOException {
    try {
      if (!gate.await(50, TimeUnit.SECONDS)) {
        throw new IOException("nobody opened the gate");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static String token(String kid, KeyPair pair) {
    return Forge.signed(
        "Ed25519",
        "{\"alg\":\"EdDSA\",\"kid\":\"" + kid + "\"}",
        "{\"sub\":\"jack\"}",
        pair.getPrivate());
  }

  private static String set(String... keys) {
    return "{\"keys\":[" + String.join(",", keys) + "]}";
  }
}
