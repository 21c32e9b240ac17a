package io.lhttp.filters.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.CloseStatus;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Principal;
import io.lhttp.control.Refresh;
import io.lhttp.control.Target;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.revocation.Credential;
import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.Revocation.Kind;
import io.lhttp.revocation.RevocationStore;
import io.lhttp.revocation.Revocations;
import io.lhttp.revocation.Revocations.Bounds;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Revoked tokens and blocked users lose their connections and are not let in again. */
class RevocationTest {
  private static final String KEY = "mias-key-of-16-characters";
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  private final MapStore store = new MapStore();
  private final Revocations list = Revocations.in(store, Bounds.DEFAULT);

  RevocationTest() throws Exception {
    list.start(Duration.ZERO);
  }

  @RegisterExtension
  final LhttpServerExtension server =
      new LhttpServerExtension(builder ->
          builder
              .filter(
                  "auth",
                  new AuthFilter(
                          AuthOptions.builder()
                              .jwt(Jwt.of(Forge.SECRET))
                              .apiKey("mia", KEY)
                              .anonymous(true)
                              .build())
                      .with(list))
              .filter("own", new OwnLogin())
              .filter("pubsub", new PubSubFilter())
              .processor("who", RevocationTest::who)
              .processor("claims", RevocationTest::claims)
              .revocations(list));

  /** A filter of the application that authenticates without a token. */
  private static final class OwnLogin implements Filter {
    @Override
    public io.lhttp.Outcome filter(io.lhttp.Exchange exchange, io.lhttp.Chain chain)
        throws Exception {
      var user = exchange.request().header("own-user");
      if (user.isPresent()) {
        exchange.connection().authenticate(new Principal(user.get(), Map.of()));
      }
      return chain.proceed(exchange);
    }
  }

  @Test
  void revokedUser_losesConnectionsAndOlderTokens() throws Exception {
    var token = token("tom", "1", now.minusSeconds(60));
    var tom = login(token);
    var phone = login(token("tom", "2", now.minusSeconds(9)));
    var eve = login(token("eve", "3", now.minusSeconds(60)));

    var changes =
        done(server.server().control().revoke(Revocation.user("tom", now, Optional.empty())));

    assertThat(changes.changed()).isEqualTo(2);
    assertThat(changes.reach().servers()).hasSize(1);
    for (var client : java.util.List.of(tom, phone)) {
      var closed = client.closed();
      assertThat(closed.code()).isEqualTo(4401);
      assertThat(closed.reason()).isEqualTo("revoked");
    }
    assertThat(eve.request(Message.of("who", "")).body()).isEqualTo("eve");
    var refused = server.connect().request(who(token));
    assertThat(refused.header("status")).contains("401");
    assertThat(refused.header("error")).contains("revoked");
    assertThat(post(token)).isEqualTo(401);
    login(token("tom", "4", now.plusSeconds(1)));
  }

  @Test
  void tokenWithoutIssueTime_countsAsOlderThanAny() throws Exception {
    var tom = login(Forge.token("{\"sub\":\"tom\"}"));
    var eve = login(Forge.token("{\"sub\":\"eve\",\"iat\":\"soon\"}"));

    list.add(Revocation.all(Instant.EPOCH, Optional.empty()));

    assertThat(tom.closed().reason()).isEqualTo("revoked");
    assertThat(eve.closed().reason()).isEqualTo("revoked");
  }

  @Test
  void allOlderTokens_areRevokedButNoApiKey() throws Exception {
    var old = login(token("tom", "1", now.minusSeconds(5)));
    var mia = login(KEY);
    var fresh = login(token("tom", "2", now));

    list.add(Revocation.all(now, Optional.empty()));

    assertThat(old.closed().code()).isEqualTo(4401);
    assertThat(mia.request(Message.of("who", "")).body()).isEqualTo("mia");
    assertThat(fresh.request(Message.of("who", "")).body()).isEqualTo("tom");
  }

  @Test
  void revokedId_endsThisTokenAlone() throws Exception {
    var one = login(token("tom", "1", now));
    var other = login(token("tom", "2", now));

    list.add(Revocation.id("1", Optional.of(now.plusSeconds(600))));

    assertThat(one.closed().code()).isEqualTo(4401);
    assertThat(other.request(Message.of("who", "")).body()).isEqualTo("tom");
    assertThat(post(token("tom", "1", now))).isEqualTo(401);
  }

  @Test
  void tokenRevokedByHash_isRefusedInEverySpelling() throws Exception {
    var token = Forge.token("{\"sub\":\"tom\"}");
    var spelled = Forge.respelled(token);
    login(spelled);

    list.add(Revocation.token(Credential.hash(token), Optional.empty()));

    assertThat(post(token)).isEqualTo(401);
    assertThat(post(spelled)).isEqualTo(401);
    assertThat(post(Forge.token("{\"sub\":\"tom\",\"iat\":1}"))).isEqualTo(200);
  }

  @Test
  void apiKey_isRevokedByOwnerAndByHash() throws Exception {
    var mia = login(KEY);
    list.add(Revocation.user("mia", now, Optional.empty()));
    assertThat(mia.closed().reason()).isEqualTo("revoked");
    assertThat(post(KEY)).isEqualTo(401);
    list.remove(Kind.USER, "mia");
    assertThat(post(KEY)).isEqualTo(200);
    list.add(Revocation.token(Credential.hash(KEY), Optional.empty()));
    assertThat(post(KEY)).isEqualTo(401);
  }

  @Test
  void blockedUser_isRefusedUntilUnblocked() throws Exception {
    var token = token("tom", "1", now.plusSeconds(9));
    var tom = login(token);

    assertThat(done(server.server().control().block("tom", Optional.empty())).changed())
        .isEqualTo(1);

    var closed = tom.closed();
    assertThat(closed.code()).isEqualTo(4403);
    assertThat(closed.reason()).isEqualTo("blocked");
    assertThat(post(token)).isEqualTo(403);
    var refused = server.connect().request(who(token));
    assertThat(refused.header("status")).contains("403");
    assertThat(done(server.server().control().unblock("tom")).changed()).isEqualTo(1);
    assertThat(done(server.server().control().unblock("tom")).changed()).isZero();
    login(token);
  }

  @Test
  void userOfOwnFilter_isBlockedAndLoggedOut() throws Exception {
    var client = server.connect();
    assertThat(client.request(own("zoe")).body()).isEqualTo("zoe");
    var later = Instant.now().plusSeconds(60);

    list.add(Revocation.user("zoe", later, Optional.empty()));
    assertThat(client.closed().code()).isEqualTo(4401);
    assertThat(server.connect().request(own("zoe")).body()).isEqualTo("zoe");

    list.add(Revocation.block("zoe", Optional.empty()));
    var blocked = server.connect();
    blocked.send(own("zoe"));
    assertThat(blocked.closed().code()).isEqualTo(4403);
  }

  /** The filter {@code auth} sets neither name nor claims of a user whom another filter named. */
  @Test
  void userOfOwnFilter_staysAfterRefreshAndReload() throws Exception {
    var zoe = server.connect();
    assertThat(zoe.request(own("zoe")).body()).isEqualTo("zoe");
    var tom = server.connect();
    assertThat(tom.request(who(token("tom", "1", now)).with("own-user", "max")).body())
        .isEqualTo("max");

    refresh("zoe");
    refresh("max");
    assertThat(zoe.request(Message.of("claims", "")).body()).isEqualTo("{cook=true}");
    assertThat(tom.request(Message.of("claims", "")).body()).isEqualTo("{cook=true}");
    reload();

    assertThat(zoe.request(Message.of("who", "")).body()).isEqualTo("zoe");
    assertThat(tom.request(Message.of("who", "")).body()).isEqualTo("max");
    assertThat(tom.request(Message.of("claims", "")).body()).isEqualTo("{cook=true}");
    list.add(Revocation.block("zoe", Optional.empty()));
    assertThat(zoe.closed().code()).isEqualTo(4403);
    assertThat(
            done(server.server().control().disconnect(Target.user("max"), CloseStatus.POLICY))
                .changed())
        .isEqualTo(1);
  }

  /** The end that the server API has set counts, and the user stays until then. */
  @Test
  void userOfOwnFilter_losesConnectionWhenRefreshExpires() throws Exception {
    var zoe = server.connect();
    assertThat(zoe.request(own("zoe")).body()).isEqualTo("zoe");

    done(
        server
            .server()
            .control()
            .refresh(
                Target.user("zoe"),
                new Refresh(Optional.empty(), Optional.of(Instant.now().plusSeconds(2)))));
    reload();

    assertThat(zoe.request(Message.of("who", "")).body()).isEqualTo("zoe");
    assertThat(zoe.closed().code()).isEqualTo(4401);
  }

  @Test
  void firstToken_takesThePlaceOfTheUserOfOwnFilter() throws Exception {
    var client = server.connect();
    assertThat(client.request(own("zoe")).body()).isEqualTo("zoe");

    assertThat(client.request(who(token("tom", "1", now))).body()).isEqualTo("tom");
  }

  private void refresh(String user) throws Exception {
    var changes =
        done(
            server
                .server()
                .control()
                .refresh(
                    Target.user(user),
                    new Refresh(Optional.of(Map.of("cook", true)), Optional.empty())));
    assertThat(changes.changed()).isEqualTo(1);
  }

  private void reload() throws Exception {
    var options =
        AuthOptions.builder()
            .jwt(Jwt.of(Forge.SECRET))
            .anonymous(true)
            .grace(Duration.ofSeconds(5))
            .build();
    server
        .server()
        .swap(
            new io.lhttp.chain.ChainSpec(
                java.util.List.of(
                    io.lhttp.chain.FilterSpec.of("auth", new AuthFilter(options).with(list))),
                java.util.List.of(
                    io.lhttp.chain.ProcessorSpec.of("who", RevocationTest::who),
                    io.lhttp.chain.ProcessorSpec.of("claims", RevocationTest::claims))));
  }

  private static void who(Exchange exchange) {
    exchange.send(exchange.connection().principal().name());
  }

  private static void claims(Exchange exchange) {
    exchange.send(exchange.connection().principal().claims().toString());
  }

  /** A filter behind {@code auth} may give the user another name. */
  @Test
  void userWithOtherNameThanItsToken_losesConnectionsByBoth() throws Exception {
    var names = java.util.List.of("1", "2", "3", "4");
    var clients = new ArrayList<TestClient>();
    for (var id : names) {
      var client = server.connect();
      var token = token("tom" + id, id, now);
      var renamed = who(token).with("own-user", "zoe" + id);
      assertThat(client.request(renamed).body()).isEqualTo("zoe" + id);
      clients.add(client);
    }

    list.add(Revocation.id("1", Optional.empty()));
    assertThat(clients.get(0).closed().code()).isEqualTo(4401);
    list.add(Revocation.block("tom2", Optional.empty()));
    assertThat(clients.get(1).closed().code()).isEqualTo(4403);
    list.add(Revocation.block("zoe3", Optional.empty()));
    assertThat(clients.get(2).closed().code()).isEqualTo(4403);
    list.add(Revocation.user("zoe4", now.plusSeconds(60), Optional.empty()));
    assertThat(clients.get(3).closed().code()).isEqualTo(4401);
  }

  /** The bucket of a store was deleted, and the new one counts its revisions from the beginning. */
  @Test
  void listThatBeganAnew_endsConnections() throws Exception {
    for (var i = 0; i < 9; i++) {
      done(server.server().control().block("tom" + i, Optional.empty()));
    }
    store.beginAnew();
    var zoe = server.connect();
    assertThat(zoe.request(own("zoe")).body()).isEqualTo("zoe");

    var changes =
        done(
            server
                .server()
                .control()
                .revoke(Revocation.user("zoe", now.plusSeconds(60), Optional.empty())));

    assertThat(changes.changed()).isEqualTo(1);
    assertThat(zoe.closed().code()).isEqualTo(4401);
  }

  @Test
  void userWhoCouldNotBeBlocked_isNotLetIn() throws Exception {
    for (var name : java.util.List.of("x".repeat(256), "a\tb")) {
      assertThat(server.connect().request(own(name)).header("status")).contains("403");
    }
    var token = token("x".repeat(256), "1", now);
    assertThat(server.connect().request(who(token)).header("status")).contains("403");
    assertThat(post(token)).isGreaterThanOrEqualTo(400);
    login(token("x".repeat(255), "1", now));
  }

  @Test
  void unknownList_letsNobodyInAndChecksOpenConnectionsLater() throws Exception {
    var token = token("tom", "1", now.minusSeconds(60));
    var tom = login(token);
    var eve = login(token("eve", "2", now.minusSeconds(60)));

    store.lose();

    assertThat(server.server().unready()).contains("away");
    assertThat(post(token)).isEqualTo(503);
    var refused = server.connect().request(who(token));
    assertThat(refused.header("status")).contains("503");
    assertThat(refused.headers().has("retry-after")).isTrue();
    assertThat(server.connect().request(Message.of("who", "")).body()).isEmpty();
    assertThat(tom.request(Message.of("who", "")).body()).isEqualTo("tom");

    store.findWith(Revocation.user("tom", now, Optional.empty()));

    assertThat(tom.closed().reason()).isEqualTo("revoked");
    assertThat(eve.request(Message.of("who", "")).body()).isEqualTo("eve");
    assertThat(server.server().unready()).isEmpty();
    assertThat(post(token)).isEqualTo(401);
  }

  @Test
  void reload_keepsTheListAndTheConnections() throws Exception {
    var token = token("tom", "1", now.minusSeconds(60));
    var eve = login(token("eve", "2", now.minusSeconds(60)));
    list.add(Revocation.user("tom", now, Optional.empty()));
    store.lose();

    server
        .server()
        .swap(
            new io.lhttp.chain.ChainSpec(
                java.util.List.of(
                    io.lhttp.chain.FilterSpec.of(
                        "auth",
                        new AuthFilter(
                                AuthOptions.builder()
                                    .jwt(Jwt.of(Forge.SECRET))
                                    .anonymous(true)
                                    .build())
                            .with(list))),
                java.util.List.of(
                    io.lhttp.chain.ProcessorSpec.of(
                        "who",
                        exchange -> exchange.send(exchange.connection().principal().name())))));

    assertThat(eve.request(Message.of("who", "")).body()).isEqualTo("eve");
    assertThat(post(token)).isEqualTo(503);
    store.findWith();
    assertThat(post(token)).isEqualTo(401);
  }

  /** Whatever the order of both, no connection of the revoked token stays. */
  @Test
  void loginDuringRevocation_leavesNoConnection() throws Exception {
    for (var round = 0; round < 20; round++) {
      var user = "tom" + round;
      var token = token(user, "1", now.minusSeconds(60));
      var clients = new ArrayList<TestClient>();
      for (var i = 0; i < 4; i++) {
        clients.add(server.connect());
      }
      var racing =
          Thread.ofVirtual().start(() -> list.add(Revocation.user(user, now, Optional.empty())));
      clients.forEach(client -> client.send(who(token)));
      racing.join();
      Eventually.holds(
          "no connection of " + user,
          () -> {
            try {
              return done(server
                      .server()
                      .control()
                      .connections(Optional.of(io.lhttp.control.Target.user(user)), 10))
                  .connections()
                  .isEmpty();
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      assertThat(post(token)).isEqualTo(401);
    }
  }

  @Test
  void control_withoutStore_answers503() throws Exception {
    var none = Revocations.none("no list here");
    assertThat(none.trouble()).isEmpty();
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> none.add(Revocation.block("tom", Optional.empty())))
        .hasMessage("503 no list here");
  }

  private TestClient login(String token) {
    var client = server.connect();
    assertThat(client.request(who(token)).headers().has("status")).isFalse();
    return client;
  }

  private static Message who(String token) {
    return Message.builder("who").header("authorization", "Bearer " + token).build();
  }

  private static Message own(String user) {
    return Message.builder("who").header("own-user", user).build();
  }

  private static String token(String user, String id, Instant issued) {
    return Forge.token(
        "{\"sub\":\"%s\",\"jti\":\"%s\",\"iat\":%d.%03d}"
            .formatted(user, id, issued.getEpochSecond(), issued.getNano() / 1_000_000));
  }

  private int post(String token) throws Exception {
    var uri = URI.create("http://127.0.0.1:%d/publish".formatted(server.server().port()));
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(uri)
                  .header("Authorization", "Bearer " + token)
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "LHTTP/1.0 say\r\npublish:news\r\n\r\nhello"))
                  .build(),
              BodyHandlers.discarding())
          .statusCode();
    }
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  /** Keeps the list in memory, and loses it when a test wants that. */
  private static final class MapStore implements RevocationStore {
    private final Map<String, Stored> entries = new ConcurrentHashMap<>();
    private final AtomicLong revision = new AtomicLong();
    private @Nullable Listener listener;

    @Override
    public void open(Listener opened, Duration patience) {
      listener = opened;
      opened.list(Map.of(), 0);
    }

    void lose() {
      listener().unknown("away");
    }

    void findWith(Revocation... added) {
      for (var entry : added) {
        entries.put(entry.key(), new Stored(entry, revision.incrementAndGet()));
      }
      listener().list(Map.copyOf(entries), revision.get());
    }

    void beginAnew() {
      entries.clear();
      revision.set(0);
      findWith();
    }

    @Override
    public synchronized long put(Revocation entry, long replaced) {
      var stored = new Stored(entry, revision.incrementAndGet());
      entries.put(entry.key(), stored);
      listener().put(stored);
      return stored.revision();
    }

    @Override
    public synchronized long remove(String key, long removed) {
      entries.remove(key);
      listener().removed(key, revision.incrementAndGet());
      return revision.get();
    }

    @Override
    public void forget(Map<String, Stored> ended) {}

    @Override
    public void close() {}

    private Listener listener() {
      return java.util.Objects.requireNonNull(listener);
    }
  }
}
