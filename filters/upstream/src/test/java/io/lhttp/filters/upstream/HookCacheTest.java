package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Handshake;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers are used again as they say, and never for another user. */
class HookCacheTest {
  private final HookBackends backend = new HookBackends();
  private final TestChain chain =
      TestChain.builder()
          .filter("hooks", backend.filter(Hook.CONNECT, Hook.SUBSCRIBE, Hook.PUBLISH))
          .filter("pubsub", new PubSubFilter())
          .build();

  private RecordingConnection connect(String id, String user, String address) {
    var asked = backend.answer;
    var said = backend.answerHeaders;
    backend.answer("{\"allow\":true}");
    backend.answerHeaders = Map.of();
    var connection =
        new RecordingConnection(
            id, new Handshake(new InetSocketAddress(address, 1), "/", Map.of()));
    assertThat(chain.open(connection)).isTrue();
    connection.authenticate(user.isEmpty() ? Principal.ANONYMOUS : new Principal(user, Map.of()));
    backend.asked.clear();
    backend.answer = asked;
    backend.answerHeaders = said;
    return connection;
  }

  private Outcome subscribe(RecordingConnection connection, String channel) {
    return chain
        .send(connection, Message.builder("x").header("subscribe", channel).build())
        .outcome();
  }

  private Outcome publish(RecordingConnection connection, String body) {
    return chain
        .send(connection, Message.builder("x").header("publish", "a").body(body).build())
        .outcome();
  }

  @Test
  void answerWithMaxAge_isUsedAgainForItsTime() {
    backend.cacheControl("max-age=60");
    var mia = connect("1", "mia", "192.0.2.1");
    var other = connect("2", "mia", "192.0.2.1");

    subscribe(mia, "a");
    subscribe(other, "a");
    assertThat(backend.asked).hasSize(1);
    subscribe(mia, "b");
    assertThat(backend.asked).hasSize(2);
    backend.clock.advance(Duration.ofSeconds(61));
    subscribe(mia, "a");
    assertThat(backend.asked).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "max-age=0",
        "max-age=-1",
        "max-age=1e9",
        "max-age=99999999999",
        "no-store, max-age=60",
        "max-age=60, no-cache",
        "public",
        "s-maxage=60"
      })
  void answerWithoutTime_isNotUsedAgain(String header) {
    backend.cacheControl(header);
    var mia = connect("1", "mia", "192.0.2.1");

    subscribe(mia, "a");
    subscribe(mia, "a");
    assertThat(backend.asked).hasSize(2);
  }

  @Test
  void longestCached_isTheLongestTime() {
    backend.cacheControl("max-age=86400");
    var mia = connect("1", "mia", "192.0.2.1");
    subscribe(mia, "a");
    backend.clock.advance(Duration.ofMinutes(61));

    subscribe(mia, "a");
    assertThat(backend.asked).hasSize(2);
  }

  @Test
  void privateAnswer_isNotUsedForAnotherUser() {
    backend.cacheControl("max-age=60");
    subscribe(connect("1", "mia", "192.0.2.1"), "a");
    backend.answer("{\"allow\":false}");

    assertThat(subscribe(connect("2", "eve", "192.0.2.1"), "a"))
        .isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void answerOfAnonymousClient_isNotUsedForAnotherConnection() {
    backend.cacheControl("max-age=60");
    var one = connect("1", "", "192.0.2.1");
    subscribe(one, "a");
    subscribe(one, "a");
    assertThat(backend.asked).hasSize(1);
    backend.answer("{\"allow\":false}");

    assertThat(subscribe(connect("2", "", "192.0.2.1"), "a")).isInstanceOf(Outcome.Refused.class);
  }

  /** A user whose name looks like the rest of another key, or as a connection's id. */
  @Test
  void namesMadeForAnotherKey_findNothing() {
    backend.cacheControl("max-age=60");
    subscribe(connect("1", "", "192.0.2.1"), "a");
    backend.answer("{\"allow\":false}");

    assertThat(subscribe(connect("2", "1", "192.0.2.1"), "a")).isInstanceOf(Outcome.Refused.class);
    assertThat(
            subscribe(
                connect("3", "1\",\"address\":\"192.0.2.1\",\"channels\":[\"a\"]}", "192.0.2.9"),
                "a"))
        .isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void publicAnswer_isUsedForEverybody() {
    backend.cacheControl("public, max-age=60");
    subscribe(connect("1", "mia", "192.0.2.1"), "a");
    backend.asked.clear();

    assertThat(subscribe(connect("2", "eve", "192.0.2.2"), "a")).isInstanceOf(Outcome.Done.class);
    assertThat(backend.asked).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"'private, public, max-age=60'", "'public, private=\"x\", max-age=60'"})
  void privateAndPublicAnswer_isPrivate(String header) {
    backend.cacheControl(header);
    subscribe(connect("1", "mia", "192.0.2.1"), "a");
    backend.answer("{\"allow\":false}");

    assertThat(subscribe(connect("2", "eve", "192.0.2.2"), "a"))
        .isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void publicAnswerThatNamesUser_isNeverShared() {
    backend.answer("{\"allow\":true,\"user\":\"guest-1\"}").cacheControl("public, max-age=60");
    var one =
        new RecordingConnection(
            "1", new Handshake(new InetSocketAddress("192.0.2.1", 1), "/", Map.of()));
    chain.open(one);
    backend.answer("{\"allow\":true,\"user\":\"guest-2\"}");
    var two =
        new RecordingConnection(
            "2", new Handshake(new InetSocketAddress("192.0.2.1", 1), "/", Map.of()));
    chain.open(two);

    assertThat(one.principal().name()).isEqualTo("guest-1");
    assertThat(two.principal().name()).isEqualTo("guest-2");
  }

  @Test
  void otherBody_isAskedAbout() {
    backend.cacheControl("public, max-age=60");
    var mia = connect("1", "mia", "192.0.2.1");
    publish(mia, "nice");
    backend.answer("{\"allow\":false}");

    assertThat(publish(mia, "nasty")).isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void refusal_isUsedAgainAsItSays() {
    backend.answer("{\"allow\":false}").cacheControl("max-age=60");
    var mia = connect("1", "mia", "192.0.2.1");
    subscribe(mia, "a");
    backend.answer("{\"allow\":true}");

    assertThat(subscribe(mia, "a")).isInstanceOf(Outcome.Refused.class);
    backend.clock.advance(Duration.ofSeconds(61));
    assertThat(subscribe(mia, "a")).isInstanceOf(Outcome.Done.class);
  }

  @Test
  void failure_isNeverUsedAgain() {
    backend.answer("{\"alow\":true}").cacheControl("max-age=60");
    var mia = connect("1", "mia", "192.0.2.1");
    subscribe(mia, "a");
    backend.answer("{\"allow\":true}");

    assertThat(subscribe(mia, "a")).isInstanceOf(Outcome.Done.class);
  }

  /** The first question is slow; a second one of the same user is refused in the meantime. */
  @Test
  void permissionThatArrivesAfterRefusal_isNotKept() throws Exception {
    var mia = connect("1", "mia", "192.0.2.1");
    var other = connect("2", "mia", "192.0.2.1");
    var arrived = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    backend.cacheControl("max-age=60");
    backend.before =
        () -> {
          arrived.countDown();
          await(release);
        };
    var slow = CompletableFuture.supplyAsync(() -> subscribe(mia, "a"));
    await(arrived);
    backend.before = () -> {};
    backend.clock.advance(Duration.ofSeconds(1));
    backend.answer("{\"allow\":false}").cacheControl("");
    assertThat(subscribe(other, "a")).isInstanceOf(Outcome.Refused.class);
    release.countDown();
    assertThat(slow.get()).isInstanceOf(Outcome.Done.class);

    assertThat(subscribe(mia, "a")).isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void equalQuestionsOfOneUser_areAskedOnce() throws Exception {
    var mia = connect("1", "mia", "192.0.2.1");
    var other = connect("2", "mia", "192.0.2.1");
    backend.cacheControl("max-age=60");
    subscribe(mia, "first"); // the filter knows now that the backend's answers may be kept
    backend.asked.clear();

    subscribeTogether(mia, other);

    assertThat(backend.asked).hasSize(1);
  }

  /** Subscribes two connections; the second begins while the backend answers the first. */
  private void subscribeTogether(RecordingConnection one, RecordingConnection other)
      throws Exception {
    var arrived = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    backend.before =
        () -> {
          arrived.countDown();
          await(release);
        };
    var leader = CompletableFuture.supplyAsync(() -> subscribe(one, "a"));
    await(arrived);
    var follower = new CompletableFuture<Outcome>();
    var thread = Thread.ofPlatform().start(() -> follower.complete(subscribe(other, "a")));
    Eventually.holds(
        "the second waits for the first", () -> thread.getState() == Thread.State.TIMED_WAITING);
    release.countDown();

    assertThat(leader.get()).isInstanceOf(Outcome.Done.class);
    assertThat(follower.get()).isInstanceOf(Outcome.Done.class);
  }

  @Test
  void answerForOneAlone_letsOthersAsk() throws Exception {
    var mia = connect("1", "mia", "192.0.2.1");
    var other = connect("2", "mia", "192.0.2.1");
    backend.cacheControl("max-age=60");
    subscribe(mia, "first");
    backend.asked.clear();
    backend.cacheControl("no-store");

    subscribeTogether(mia, other);

    assertThat(backend.asked).hasSize(2);
  }

  @Test
  void cachedConnect_endsWhenItsAnswerSaid() {
    backend.answer("{\"allow\":true,\"expires-in\":100}").cacheControl("public, max-age=60");
    open("1");
    backend.clock.advance(Duration.ofSeconds(40));
    var two = open("2");
    assertThat(backend.asked).hasSize(1);
    two.elapse(Duration.ofSeconds(59));
    assertThat(two.closed()).isEmpty();
    two.elapse(Duration.ofSeconds(1));
    assertThat(two.closed()).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "'max-age=5', 5, false",
    "'Public,Max-Age=\"7\"', 7, true",
    "'max-age=5, max-age=9', 9, false"
  })
  void header_isRead(String header, long seconds, boolean everybody) {
    assertThat(HookCache.Policy.parse(Optional.of(header)))
        .isEqualTo(new HookCache.Policy(Duration.ofSeconds(seconds), everybody));
  }

  private RecordingConnection open(String id) {
    var connection =
        new RecordingConnection(
            id, new Handshake(new InetSocketAddress("192.0.2.1", 1), "/", Map.of()));
    chain.open(connection);
    return connection;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
