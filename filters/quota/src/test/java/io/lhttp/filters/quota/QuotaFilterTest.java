package io.lhttp.filters.quota;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.CloseStatus;
import io.lhttp.Handshake;
import io.lhttp.Metric;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.message.Message;
import io.lhttp.testing.ManualClock;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The filter {@code quota} counts what each tenant has and refuses more than its limits. */
class QuotaFilterTest {
  private static final TenantSource CLAIM = TenantSource.parse("claim org");
  private static final Message PUBLISH =
      Message.builder("echo").header("publish", "a").body("x").build();

  private final ManualClock clock = new ManualClock();

  @Test
  void connectionOverLimit_isClosedUntilOneEnds() {
    var filter = filter(Map.of("connections", 2));
    var first = open(filter, "1", "acme");
    var second = open(filter, "2", "acme");
    var third = open(filter, "3", "acme");
    var globex = open(filter, "4", "globex");
    assertThat(List.of(first.open(), second.open(), third.open(), globex.open()))
        .containsExactly(true, true, false, true);
    assertThat(third.closed())
        .contains(CloseStatus.RATE_LIMIT.because("too many connections of this tenant"));
    assertThat(refusals(filter, "acme", "connections")).isEqualTo(1);

    filter.onClose(third);
    assertThat(open(filter, "5", "acme").open()).as("a refused one gives nothing back").isFalse();
    filter.onClose(first);
    filter.onClose(first);
    assertThat(open(filter, "6", "acme").open()).isTrue();
    assertThat(open(filter, "7", "acme").open()).as("a second end gives nothing back").isFalse();
  }

  @Test
  void simultaneousConnections_neverExceedLimit() throws Exception {
    var filter = filter(Map.of("connections", 1));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var round = 0; round < 200; round++) {
        var start = new CyclicBarrier(2);
        var id = round;
        Future<RecordingConnection> one =
            threads.submit(() -> awaitAndOpen(start, filter, "a" + id));
        Future<RecordingConnection> other =
            threads.submit(() -> awaitAndOpen(start, filter, "b" + id));
        var both = List.of(one.get(), other.get());
        assertThat(both).filteredOn(RecordingConnection::open).hasSize(1);
        both.forEach(filter::onClose);
      }
    }
    assertThat(gauge(filter, "quota_connections", "acme")).isZero();
  }

  private RecordingConnection awaitAndOpen(CyclicBarrier start, QuotaFilter filter, String id)
      throws Exception {
    start.await();
    return open(filter, id, "acme");
  }

  @Test
  void subscriptionsOverLimit_areRefusedAllAndCountEveryEnd() {
    var filter = filter(Map.of("subscriptions", 3));
    var one = open(filter, "1", "acme");
    var other = open(filter, "2", "acme");
    one.subscribe(List.of("a", "b"));
    one.subscribe(List.of("a"));
    assertThatThrownBy(() -> other.subscribe(List.of("c", "d")))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e).hasMessageContaining("no more than 3 subscriptions"));
    assertThat(other.channels()).isEmpty();
    other.subscribe("c");
    assertThat(gauge(filter, "quota_subscriptions", "acme")).isEqualTo(3);

    one.unsubscribe("a");
    one.unsubscribe("a");
    other.revoke("c", Outcome.refused(403, "no"));
    assertThat(gauge(filter, "quota_subscriptions", "acme")).isEqualTo(1);
    one.close(CloseStatus.NORMAL);
    filter.onClose(one);
    assertThat(gauge(filter, "quota_subscriptions", "acme")).isZero();
    other.subscribe(List.of("c", "d", "e"));
  }

  @Test
  void publicationsOverBurst_areRefusedWithPause() {
    var filter = filter(Map.of("publications", 2, "burst", 4));
    var chain = chain(filter);
    var connections = List.of(open(filter, "1", "acme"), open(filter, "2", "acme"));
    for (var i = 0; i < 4; i++) {
      assertThat(chain.send(connections.get(i % 2), PUBLISH).outcome()).isEqualTo(Outcome.done());
    }
    assertThat(chain.send(connections.getFirst(), PUBLISH).outcome())
        .isEqualTo(
            Outcome.refused(429, "too many publications of this tenant")
                .retryAfter(Duration.ofMillis(500)));
    assertThat(chain.send(connections.getFirst(), Message.of("echo", "")).outcome())
        .as("no publication")
        .isEqualTo(Outcome.done());
    assertThat(chain.send(open(filter, "3", "globex"), PUBLISH).outcome())
        .isEqualTo(Outcome.done());
    clock.advance(Duration.ofMillis(500));
    assertThat(chain.send(connections.getFirst(), PUBLISH).outcome()).isEqualTo(Outcome.done());
  }

  @Test
  void publicationToSeveralChannels_countsEach() {
    var filter = filter(Map.of("publications", 2));
    var chain = chain(filter);
    var connection = open(filter, "1", "acme");
    var three = Message.builder("echo").header("publish", "a b c").build();
    assertThat(chain.send(connection, three).outcome())
        .isEqualTo(Outcome.refused(413, "more than 2 publications of this tenant at once"));
    var two = Message.builder("echo").header("publish", "a b").build();
    assertThat(chain.send(connection, two).outcome()).isEqualTo(Outcome.done());
    assertThat(chain.send(connection, PUBLISH).outcome()).isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void newTenantOfConnection_movesItsCounts() {
    var filter = filter(Map.of("connections", 1));
    var chain = chain(filter);
    var connection = new RecordingConnection("1");
    filter.onOpen(connection);
    connection.subscribe(List.of("a", "b"));
    assertThat(gauge(filter, "quota_subscriptions", "none")).isEqualTo(2);

    connection.authenticate(user("acme"));
    assertThat(chain.send(connection, Message.of("echo", "")).outcome()).isEqualTo(Outcome.done());
    assertThat(gauge(filter, "quota_subscriptions", "none")).isZero();
    assertThat(gauge(filter, "quota_connections", "none")).isZero();
    assertThat(gauge(filter, "quota_subscriptions", "acme")).isEqualTo(2);
    assertThat(connection.attributes().get(QuotaFilter.TENANT)).contains("acme");

    var late = new RecordingConnection("2");
    filter.onOpen(late);
    late.authenticate(user("acme"));
    filter.onReview(late);
    assertThat(late.open()).isFalse();
  }

  @Test
  void successor_keepsCountsAndAppliesItsLimits() {
    var before = filter(Map.of("connections", 2, "subscriptions", 2));
    var connection = open(before, "1", "acme");
    connection.subscribe(List.of("a", "b"));
    var after = filter(Map.of("connections", 1, "subscriptions", 3));
    after.takeOver(before.handOver());
    after.onJoin(connection);
    before.onLeave(connection);
    assertThat(gauge(after, "quota_connections", "acme")).isEqualTo(1);
    connection.subscribe("c");
    assertThatThrownBy(() -> connection.subscribe("d")).isInstanceOf(RefusedException.class);
    assertThat(open(after, "2", "acme").open()).isFalse();

    before.takeOver(after.handOver());
    assertThat(open(before, "3", "acme").open()).as("after a rollback").isTrue();
    assertThat(connection.open()).isTrue();
  }

  @Test
  void filterThatLeavesChain_countsNoMore() {
    var filter = filter(Map.of("subscriptions", 1));
    var connection = open(filter, "1", "acme");
    connection.subscribe("a");
    filter.onLeave(connection);
    connection.subscribe(List.of("b", "c"));
    assertThat(gauge(filter, "quota_subscriptions", "acme")).isZero();
  }

  @Test
  void tenantWithOwnLimits_getsThemAndTheOthersOfAll() {
    var own =
        new Quota(
            Optional.of(2), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    var filter =
        new QuotaFilter(
            QuotaOptions.of(CLAIM, quota(Map.of("connections", 1)), Map.of("acme", own)),
            clock::nanoTime);
    assertThat(open(filter, "1", "acme").open()).isTrue();
    assertThat(open(filter, "2", "acme").open()).isTrue();
    assertThat(open(filter, "3", "globex").open()).isTrue();
    assertThat(open(filter, "4", "globex").open()).isFalse();
  }

  @Test
  void floodOfTenants_sharesOneAndLeavesKnownAlone() {
    var limits = quota(Map.of("connections", 3));
    var filter =
        new QuotaFilter(
            new QuotaOptions(
                CLAIM,
                limits.connections(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Map.of("acme", Quota.NONE),
                Optional.empty(),
                10,
                2),
            clock::nanoTime);
    for (var i = 0; i < 1000; i++) {
      open(filter, "flood" + i, "tenant" + i);
    }
    assertThat(open(filter, "late", "late").open()).as("shares the limit of others").isFalse();
    assertThat(open(filter, "1", "acme").open()).as("has limits of its own").isTrue();
    assertThat(open(filter, "2", "tenant1").open()).as("is known").isTrue();
    assertThat(filter.metrics()).hasSizeLessThan(7 * 5 + 2);
  }

  @Test
  void idleTenants_makeRoom() {
    var filter = filter(Map.of("connections", 1));
    for (var i = 0; i < 3 * QuotaOptions.DEFAULT_MOST; i++) {
      var connection = open(filter, "c" + i, "tenant" + i);
      assertThat(connection.open()).isTrue();
      filter.onClose(connection);
    }
    assertThat(filter.metrics()).hasSizeLessThan(7 * QuotaOptions.DEFAULT_SHOWN + 16);
  }

  @Test
  void header_countsFromTrustedProxyOnly() {
    var source = TenantSource.parse("header X-Tenant");
    var remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    var handshake = new Handshake(remote, "/", Map.of("x-tenant", List.of("acme")));
    var twice = new Handshake(remote, "/", Map.of("x-tenant", List.of("acme", "globex")));
    assertThat(source.of(RecordingConnection.proxied("1", handshake))).contains("acme");
    assertThat(source.of(new RecordingConnection("2", handshake))).isEmpty();
    assertThat(source.of(RecordingConnection.proxied("3", twice))).isEmpty();
  }

  @Test
  void longOrOtherClaim_namesNoTenant() {
    assertThat(CLAIM.of(connection(Map.of("org", "x".repeat(129))))).isEmpty();
    assertThat(CLAIM.of(connection(Map.of("org", List.of("acme"))))).isEmpty();
    assertThat(CLAIM.of(connection(Map.of("org", "")))).isEmpty();
    assertThat(CLAIM.of(connection(Map.of("org", 7L)))).contains("7");
  }

  private static RecordingConnection connection(Map<String, Object> claims) {
    var connection = new RecordingConnection("1");
    connection.authenticate(new Principal("u", claims));
    return connection;
  }

  private static Principal user(String tenant) {
    return new Principal("user", Map.of("org", tenant));
  }

  private static RecordingConnection open(QuotaFilter filter, String id, String tenant) {
    var connection = new RecordingConnection(id);
    connection.authenticate(user(tenant));
    filter.onOpen(connection);
    return connection;
  }

  private QuotaFilter filter(Map<String, Integer> limits) {
    return new QuotaFilter(QuotaOptions.of(CLAIM, quota(limits)), clock::nanoTime);
  }

  private static Quota quota(Map<String, Integer> limits) {
    return new Quota(
        Optional.ofNullable(limits.get("connections")),
        Optional.ofNullable(limits.get("subscriptions")),
        Optional.ofNullable(limits.get("publications")),
        Optional.ofNullable(limits.get("burst")),
        Optional.empty());
  }

  private static TestChain chain(QuotaFilter filter) {
    return TestChain.builder().filter("quota", filter).processor("echo", exchange -> {}).build();
  }

  private static double gauge(QuotaFilter filter, String name, String tenant) {
    return filter.metrics().stream()
        .filter(metric -> metric.name().equals(name))
        .filter(metric -> tenant.equals(metric.labels().get("tenant")))
        .mapToDouble(Metric::value)
        .sum();
  }

  private static double refusals(QuotaFilter filter, String tenant, String quota) {
    return filter.metrics().stream()
        .filter(metric -> metric.name().equals("quota_refusals"))
        .filter(metric -> tenant.equals(metric.labels().get("tenant")))
        .filter(metric -> quota.equals(metric.labels().get("quota")))
        .mapToDouble(Metric::value)
        .sum();
  }
}
