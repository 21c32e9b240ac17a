package io.lhttp.filters.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.Secrets;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.filters.auth.AuthOptions.ApiKey;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.filters.auth.AuthOptions.Permission;
import io.lhttp.filters.auth.AuthOptions.Sources;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.LhttpServerExtension;
import io.lhttp.testing.TestClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The server reviews the subscriptions of open connections after a reload, a new token or a new
 * principal.
 */
class SubscriptionReviewTest {
  private static final String KEY = "an-api-key-of-some-length";
  private static final PubSubFilter PUBSUB = new PubSubFilter();

  private final Door door = new Door();

  @RegisterExtension
  final LhttpServerExtension server = new LhttpServerExtension(builder -> builder.chain(chain()));

  // --- decisions of the filter auth

  @Test
  void removedApiKey_closesItsConnection() throws Exception {
    swap(auth(Map.of("backend", KEY), false, "news"));
    var client = subscribed(KEY, "news");

    swap(auth(Map.of("another", KEY + "x"), false, "news"));

    assertThat(client.closed().code()).isEqualTo(4401);
  }

  @Test
  void changedIssuer_closesConnectionsOfItsTokens() throws Exception {
    swap(filter(Optional.of(Jwt.of(Forge.SECRET)), Map.of("backend", KEY), false, "news"));
    var client = subscribed(Forge.token("{\"sub\":\"jack\"}"), "news");
    var backend = subscribed(KEY, "news");

    swap(filter(Optional.of(Jwt.of(Forge.SECRET + "x")), Map.of("backend", KEY), false, "news"));

    assertThat(client.closed().code()).isEqualTo(4401);
    publish("news", "still");
    assertThat(backend.receive().body()).isEqualTo("still");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void swap_whileIssuerStalls_goesOnWithFetchedKeys(boolean inTheBody) throws Exception {
    var pair = Forge.ed25519();
    var token =
        Forge.signed("Ed25519", "{\"alg\":\"EdDSA\"}", "{\"sub\":\"jack\"}", pair.getPrivate());
    try (var issuer = TestIssuer.start(TestIssuer.set(PublishedKeysTest.ed("one", pair)))) {
      swap(filter(Optional.of(issuer.jwt()), Map.of(), false, "news", "gossip"));
      var client = subscribed(token, "news", "gossip");
      issuer.stall(inTheBody);

      swap(filter(Optional.of(issuer.jwt()), Map.of(), false, "news"));
      assertRevoked(client.receive(), "gossip", "403");
      swap(filter(Optional.of(issuer.jwt()), Map.of(), false, "news", "more"));

      assertThat(client.request(Message.of("echo", "hello")).body()).isEqualTo("hello");
      publish("news", "still");
      assertThat(client.receive().body()).isEqualTo("still");
      var another = subscribed(token, "more");
      publish("more", "for a new login");
      assertThat(another.receive().body()).isEqualTo("for a new login");
      assertThat(issuer.asked).hasValue(1);
    }
  }

  @Test
  void removedPermission_endsItsSubscriptionsAlone() throws Exception {
    swap(auth(Map.of("backend", KEY), false, "news", "gossip"));
    var client = subscribed(KEY, "news", "gossip");

    swap(auth(Map.of("backend", KEY), false, "news"));

    assertRevoked(client.receive(), "gossip", "403");
    publish("gossip", "not for you");
    publish("news", "for you");
    assertThat(client.receive().body()).isEqualTo("for you");
  }

  @Test
  void renamedUser_keepsSubscriptionsOfNewName() throws Exception {
    swap(auth(Map.of("jack", KEY), false, "user:${user}", "news"));
    var client = subscribed(KEY, "user:jack", "news");

    swap(auth(Map.of("mike", KEY), false, "user:${user}", "news"));

    assertRevoked(client.receive(), "user:jack", "403");
    publish("news", "for all");
    assertThat(client.receive().body()).isEqualTo("for all");
  }

  @Test
  void anonymousForbidden_endsSubscriptionsUntilTokenIsShown() throws Exception {
    swap(auth(Map.of("backend", KEY), true, "news"));
    var client = server.connect();
    client.subscribe("news");

    swap(auth(Map.of("backend", KEY), false, "news"));

    assertRevoked(client.receive(), "news", "401");
    client.request(
        Message.builder("enter")
            .header("authorization", KEY)
            .header("subscribe", "news")
            .header("ack", "true")
            .build());
    publish("news", "again");
    assertThat(client.receive().body()).isEqualTo("again");
  }

  @Test
  void rollBack_reviewsSubscriptionsAgain() throws Exception {
    swap(auth(Map.of("backend", KEY), false, "news"));
    var generation =
        ServerInternals.of(server.server())
            .chain()
            .tryOut(chain(auth(Map.of("cron", KEY), false, "gossip")));
    var client = subscribed(KEY, "gossip");

    ServerInternals.of(server.server()).chain().rollBack(generation.generation());

    assertRevoked(client.receive(), "gossip", "403");
  }

  @Test
  void subscriptionMadeByCode_survivesReview() throws Exception {
    swap(auth(Map.of("backend", KEY), false, "news", "gossip"));
    var client = subscribed(KEY, "news", "gossip");
    client.request(Message.builder("subscribe-me").body("gossip secret").build());

    swap(auth(Map.of("backend", KEY), false, "lobby"));

    assertRevoked(client.receive(), "news", "403");
    publish("secret", "1");
    publish("gossip", "2");
    assertThat(List.of(client.receive().body(), client.receive().body()))
        .containsExactlyInAnyOrder("1", "2");
  }

  /** A channel that a filter has added to a message does not count as requested by the client. */
  @Test
  void subscriptionAddedByFilter_survivesReview() throws Exception {
    var auth = auth(Map.of("backend", KEY), false, "news");
    server.server().swap(chain(auth, new Adding()));
    var client = subscribed(KEY, "news");

    server.server().swap(chain(auth(Map.of("backend", KEY), false, "lobby"), new Adding()));

    assertRevoked(client.receive(), "news", "403");
    publish("added", "1");
    assertThat(client.receive().body()).isEqualTo("1");
  }

  @Test
  void newToken_allowingLess_notifiesOfEndedSubscription() throws Exception {
    swap(filter(Optional.of(Jwt.of(Forge.SECRET)), Map.of(), false, "room:${claims.rooms}"));
    var client = subscribed(Forge.token("{\"sub\":\"jack\",\"rooms\":[\"a\",\"b\"]}"), "room:a");

    client.send(
        Message.builder("enter")
            .header("authorization", Forge.token("{\"sub\":\"jack\",\"rooms\":[\"b\"]}"))
            .build());

    assertRevoked(client.receive(), "room:a", "403");
  }

  // --- decisions of any filter

  @Test
  void principalChangedByCode_reviewsSubscriptions() throws Exception {
    swap(door);
    var client = server.connect();
    client.subscribe("a", "b");
    door.allowed = List.of("a");

    client.request(Message.of("be-another", ""));

    assertRevoked(client.receive(), "b", "403");
    assertThat(door.asked).hasValue(1);
  }

  @Test
  void swap_withSameFilter_doesNotReviewAgain() throws Exception {
    swap(door);
    var client = server.connect();
    client.subscribe("a");
    var other = new Door();

    server.server().swap(chain(door, new Adding()));
    server.server().swap(chain(other));

    Eventually.holds("the new one is asked", () -> other.asked.get() == 1);
    assertThat(door.asked).hasValue(0);
    publish("a", "1");
    assertThat(client.receive().body()).isEqualTo("1");
  }

  @Test
  void swap_reviewsAllOfManyConnections() throws Exception {
    var clients = new ArrayList<TestClient>();
    for (var i = 0; i < 150; i++) {
      var client = server.connect();
      client.subscribe("a");
      clients.add(client);
    }
    door.allowed = List.of();

    swap(door);

    for (var client : clients) {
      assertRevoked(client.receive(), "a", "403");
    }
  }

  @Test
  void review_thatThrows_closesConnection() throws Exception {
    var client = server.connect();
    client.subscribe("a");
    door.thrown = Optional.of(new IllegalStateException("broken"));

    swap(door);

    assertThat(client.closed()).isEqualTo(CloseStatus.FAILED);
  }

  @Test
  void review_refusedWithRetryAfter_isRepeated() throws Exception {
    var client = server.connect();
    client.subscribe("a");
    door.allowed = List.of();
    door.thrown =
        Optional.of(
            new RefusedException(
                Outcome.refused(503, "not now").retryAfter(Duration.ofMillis(10))));

    swap(door);
    Eventually.holds("asked again and again", () -> door.asked.get() > 2);
    door.thrown = Optional.empty();

    assertRevoked(client.receive(), "a", "403");
  }

  /** The next message waits until the review has ended. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void busyConnection_isReviewedBeforeNextMessage(boolean more) throws Exception {
    swap(door);
    var client = server.connect();
    client.subscribe("a");
    client.send(Message.of("wait", ""));
    Eventually.holds("it waits", () -> door.waiting.get() == 1);
    if (more) {
      client.send(Message.builder("echo").body("behind").build());
    }
    var next = new Door();
    next.allowed = List.of();

    swap(next);
    assertThat(next.asked).as("not beside its message").hasValue(0);
    door.go.countDown();

    assertThat(client.receive().body()).isEqualTo("waited");
    assertRevoked(client.receive(), "a", "403");
    if (more) {
      assertThat(client.receive().body()).isEqualTo("behind");
    }
  }

  private static void assertRevoked(Message revocation, String channel, String status) {
    assertThat(revocation.command()).isEqualTo("unsubscribed");
    assertThat(revocation.header("unsubscribed")).contains(channel);
    assertThat(revocation.header("status")).contains(status);
    assertThat(revocation.header("error")).isPresent();
  }

  private TestClient subscribed(String token, String... channels) {
    var client = server.connect();
    var answer =
        client.request(
            Message.builder("enter")
                .header("authorization", token)
                .header("subscribe", String.join(" ", channels))
                .header("ack", "true")
                .build());
    assertThat(answer.header("status")).contains("200");
    return client;
  }

  private void publish(String channel, String body) {
    server
        .server()
        .publish(channel, Message.builder("say").header("publish", channel).body(body).build());
  }

  private void swap(Filter filter) throws ChainException {
    server.server().swap(chain(filter));
  }

  private ChainSpec chain(Filter... filters) {
    var specs = new ArrayList<FilterSpec>();
    for (var i = 0; i < filters.length; i++) {
      specs.add(FilterSpec.of("filter-" + i, filters[i]));
    }
    specs.add(FilterSpec.of("pubsub", PUBSUB));
    return new ChainSpec(
        specs,
        List.of(
            ProcessorSpec.of("echo", exchange -> exchange.send(exchange.request().body())),
            ProcessorSpec.of(
                "wait",
                exchange -> {
                  door.waiting.incrementAndGet();
                  door.go.await();
                  exchange.send("waited");
                }),
            ProcessorSpec.of(
                "be-another",
                exchange -> {
                  exchange.connection().authenticate(new Principal("another", Map.of()));
                  exchange.send("");
                }),
            ProcessorSpec.of(
                "subscribe-me",
                exchange -> {
                  exchange.connection().subscribe(List.of(exchange.request().body().split(" ")));
                  exchange.send("");
                })));
  }

  private static AuthFilter auth(Map<String, String> keys, boolean anonymous, String... channels) {
    return filter(Optional.empty(), keys, anonymous, channels);
  }

  private static AuthFilter filter(
      Optional<Jwt> jwt, Map<String, String> keys, boolean anonymous, String... channels) {
    var apiKeys = new HashMap<String, ApiKey>();
    keys.forEach((name, key) ->
        apiKeys.put(name, new ApiKey(Optional.of(Secrets.of(key)), Optional.empty(), Map.of())));
    var permissions = new ArrayList<Permission>();
    for (var channel : channels) {
      permissions.add(Permission.of(channel));
    }
    return new AuthFilter(
        new AuthOptions(
            jwt,
            apiKeys,
            Sources.DEFAULT,
            anonymous,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            10,
            permissions));
  }

  /** A filter whose decisions and failures the test sets. */
  private static final class Door implements Filter {
    final AtomicInteger asked = new AtomicInteger();
    final AtomicInteger waiting = new AtomicInteger();
    final CountDownLatch go = new CountDownLatch(1);
    volatile List<String> allowed = List.of("a", "b");
    volatile Optional<RuntimeException> thrown = Optional.empty();

    @Override
    public void onReview(Connection connection) {
      asked.incrementAndGet();
      if (thrown.isPresent()) {
        throw thrown.get();
      }
      for (var channel : connection.subscriptions().asked()) {
        if (!allowed.contains(channel)) {
          connection.subscriptions().revoke(channel, Outcome.refused(403, "the door is closed"));
        }
      }
    }
  }

  /** Adds one channel to each subscription. */
  private static final class Adding implements Filter {
    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      var request = exchange.request();
      if (request.headers().has("subscribe")) {
        exchange.rewrite(request.toBuilder().header("subscribe", "added").build());
      }
      return chain.proceed(exchange);
    }
  }
}
