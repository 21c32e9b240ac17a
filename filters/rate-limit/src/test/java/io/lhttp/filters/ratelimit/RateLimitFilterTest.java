package io.lhttp.filters.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.CloseStatus;
import io.lhttp.Handshake;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.message.Message;
import io.lhttp.testing.ManualClock;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The filter {@code rate-limit} refuses messages beyond the rate of their bucket and bounds the
 * number of buckets.
 */
class RateLimitFilterTest {
  private static final int FLOOD = Integer.getInteger("lhttp.flood.keys", 200_000);
  private static final Message ECHO = Message.of("echo", "");

  private final ManualClock clock = new ManualClock();

  @Test
  void burst_passesThenRateApplies() {
    var chain = chain(limit("connection", "10/s", 20));
    var connection = chain.connect("a");
    assertThat(passed(chain, connection, ECHO, 50)).isEqualTo(20);
    clock.advance(Duration.ofSeconds(1));
    assertThat(passed(chain, connection, ECHO, 50)).isEqualTo(10);
    clock.advance(Duration.ofHours(1));
    assertThat(passed(chain, connection, ECHO, 50)).isEqualTo(20);
  }

  @Test
  void excessMessage_isRefusedWithRetryAfter() {
    var chain = chain(Limit.of("connection", "1/10s"));
    var connection = chain.connect("a");
    chain.send(connection, ECHO);
    clock.advance(Duration.ofMillis(3500));
    var result = chain.send(connection, ECHO);
    assertThat(result.outcome())
        .isEqualTo(Outcome.refused(429, "too many messages").retryAfter(Duration.ofMillis(6500)));
    assertThat(result.replies().getFirst().header("retry-after")).contains("7");
  }

  @Test
  void thirdRefusalInARow_closes() {
    var options = RateLimitOptions.of(Limit.of("connection", "1/10s"));
    var chain = chain(new RateLimitFilter(refusals(options, 3), clock::nanoTime));
    var connection = chain.connect("a");
    chain.send(connection, ECHO);
    chain.send(connection, ECHO);
    chain.send(connection, ECHO);
    assertThat(connection.open()).isTrue();
    chain.send(connection, ECHO);
    assertThat(connection.closed())
        .contains(CloseStatus.RATE_LIMIT.because("rate limit; retry-after=10"));
  }

  @Test
  void passedMessage_resetsRefusalsInARow() {
    var options = RateLimitOptions.of(Limit.of("connection", "1/10s"));
    var chain = chain(new RateLimitFilter(refusals(options, 3), clock::nanoTime));
    var connection = chain.connect("a");
    for (var i = 0; i < 10; i++) {
      assertThat(passed(chain, connection, ECHO, 3)).isEqualTo(1);
      clock.advance(Duration.ofSeconds(10));
    }
    assertThat(connection.open()).isTrue();
  }

  @Test
  void replacedFilters_shareOneAttributeOfConnection() {
    var options = RateLimitOptions.of(Limit.of("connection", "1/h"));
    var connection = chain(new RateLimitFilter(options, clock::nanoTime)).connect("a");
    var found = new HashSet<Object>();
    for (var reload = 0; reload < 100; reload++) {
      var chain = chain(new RateLimitFilter(refusals(options, 3), clock::nanoTime));
      assertThat(passed(chain, connection, ECHO, 3)).isEqualTo(1);
      assertThat(connection.open()).isTrue();
      found.add(Objects.requireNonNull(connection.attributes().find("lhttp.rate-limit.refused")));
    }
    assertThat(found).hasSize(1);
  }

  @Test
  void twoRateLimits_countTheirRefusalsApart() {
    var wide =
        RateLimitOptions.of(
            new Limit(
                KeyParts.parse("connection"),
                Rate.parse("1/h"),
                Optional.of(1),
                List.of("upload")));
    var chain =
        TestChain.builder()
            .filter("uploads", new RateLimitFilter(refusals(wide, 3), clock::nanoTime))
            .filter(
                "all",
                new RateLimitFilter(
                    refusals(RateLimitOptions.of(limit("connection", "1/h", 3)), 3),
                    clock::nanoTime))
            .processor("echo", exchange -> {})
            .build();
    var connection = chain.connect("a");
    var upload = Message.of("upload", "");
    chain.send(connection, upload);
    chain.send(connection, ECHO);
    chain.send(connection, ECHO);
    chain.send(connection, ECHO);
    chain.send(connection, upload);
    chain.send(connection, ECHO);
    assertThat(connection.open()).as("each has refused two messages in a row").isTrue();

    chain.send(connection, ECHO);

    assertThat(connection.closed())
        .contains(CloseStatus.RATE_LIMIT.because("rate limit; retry-after=3600"));
  }

  @Test
  void rows_areBounded() {
    var rows = new ConsecutiveRefusals();
    for (var instance = 0L; instance < 100; instance++) {
      assertThat(rows.count(instance)).isEqualTo(1);
    }
    assertThat(rows.count(99L)).isEqualTo(2);
    assertThat(rows.count(84L)).isEqualTo(2);
    assertThat(rows.count(83L)).as("forgotten").isEqualTo(1);
    rows.end(99L);
    assertThat(rows.count(99L)).isEqualTo(1);
  }

  @Test
  void message_takesTokenOfEveryLimitOrNone() {
    var chain = chain(limit("connection", "1/h", 5), limit("command", "1/h", 2));
    var first = chain.connect("a");
    assertThat(passed(chain, first, ECHO, 10)).isEqualTo(2);
    assertThat(passed(chain, first, Message.of("other", ""), 10)).isEqualTo(2);
    assertThat(passed(chain, first, Message.of("third", ""), 10)).isEqualTo(1);
  }

  @Test
  void limit_withCommands_appliesToThemAlone() {
    var limit =
        new Limit(
            KeyParts.parse("connection"), Rate.parse("1/h"), Optional.of(1), List.of("upload"));
    var chain = chain(limit);
    var connection = chain.connect("a");
    assertThat(passed(chain, connection, Message.of("upload", ""), 5)).isEqualTo(1);
    assertThat(passed(chain, connection, ECHO, 5)).isEqualTo(5);
  }

  @Test
  void perUser_sharesBucketAcrossConnections() {
    var chain = chain(Limit.of("user", "3/h"));
    var first = chain.connect("a");
    var second = chain.connect("b");
    first.authenticate(new Principal("jack", Map.of()));
    second.authenticate(new Principal("jack", Map.of()));
    assertThat(passed(chain, first, ECHO, 2) + passed(chain, second, ECHO, 5)).isEqualTo(3);
    second.authenticate(new Principal("mike", Map.of()));
    assertThat(passed(chain, second, ECHO, 5)).isEqualTo(3);
  }

  @Test
  void perUser_anonymous_countsByAddress() throws UnknownHostException {
    var chain = chain(Limit.of("user", "3/h"));
    assertThat(passed(chain, from("10.0.0.1"), ECHO, 2)).isEqualTo(2);
    assertThat(passed(chain, from("10.0.0.1"), ECHO, 2)).isEqualTo(1);
    assertThat(passed(chain, from("10.0.0.2"), ECHO, 2)).isEqualTo(2);
  }

  @Test
  void perAddress_ipv6_countsByNetwork() throws UnknownHostException {
    var chain = chain(Limit.of("address", "3/h"));
    assertThat(passed(chain, from("2001:db8::1"), ECHO, 3)).isEqualTo(3);
    assertThat(passed(chain, from("2001:db8::ffff:1"), ECHO, 3)).isZero();
    assertThat(passed(chain, from("2001:db8:0:1::1"), ECHO, 3)).isEqualTo(3);
  }

  @Test
  void perChannel_countsEachPublishedChannel() {
    var chain = chain(Limit.of("channel", "3/h"));
    var connection = chain.connect("a");
    assertThat(passed(chain, connection, publish("news weather"), 2)).isEqualTo(2);
    assertThat(passed(chain, connection, publish("sports news"), 2)).isEqualTo(1);
    assertThat(passed(chain, connection, publish("sports"), 5)).as("none was lost").isEqualTo(2);
    assertThat(passed(chain, connection, ECHO, 5)).as("publishes nothing").isEqualTo(5);
  }

  @Test
  void perConnectionAndCommand_countsEachPair() {
    var chain = chain(Limit.of("connection+command", "2/h"));
    var first = chain.connect("a");
    assertThat(passed(chain, first, ECHO, 5)).isEqualTo(2);
    assertThat(passed(chain, first, Message.of("other", ""), 5)).isEqualTo(2);
    assertThat(passed(chain, chain.connect("b"), ECHO, 5)).isEqualTo(2);
  }

  @Test
  void floodOfKeys_keepsMapBoundedAndVictimLimited() throws UnknownHostException {
    var keys = 1_000;
    var filter =
        new RateLimitFilter(
            RateLimitOptions.builder()
                .limits(Limit.of("command", "10/m"))
                .refusals(Integer.MAX_VALUE)
                .keys(keys)
                .newcomers(Rate.parse("100/s"))
                .build(),
            clock::nanoTime);
    var chain = TestChain.builder().filter("rate-limit", filter).build();
    var connection = chain.connect("a");
    assertThat(passed(chain, connection, Message.of("victim", ""), 20)).isEqualTo(10);
    var before = usedBytes();
    var flood = 0;
    for (var i = 0; i < FLOOD; i++) {
      flood += passed(chain, connection, Message.of("flood" + i, ""), 1);
    }
    var grown = usedBytes() - before;
    System.out.printf("%,d keys, %,d KiB of heap more than before%n", FLOOD, grown / 1024);
    assertThat(flood)
        .as("with fresh buckets, then the newcomers' share")
        .isBetween(keys, keys + 300);
    assertThat(filter.metrics().getFirst().value()).isBetween(1.0, keys * 1.1);
    assertThat(passed(chain, connection, Message.of("victim", ""), 20)).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"connection", "connection+command", "connection+channel", "address"})
  void overHttp_perConnection_countsByAddress(String per) throws UnknownHostException {
    var chain = chain(Limit.of(per, "5/h"));
    var passed = 0;
    for (var i = 0; i < 500; i++) {
      passed += passed(chain, byHttp("http-" + i, "10.0.0.1"), publish("a"), 1);
    }
    assertThat(passed).isEqualTo(5);
    assertThat(passed(chain, byHttp("other", "10.0.0.2"), publish("a"), 9)).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"connection", "address", "user", "address+command", "address+channel"})
  void networksOfOneSite_haveLimitOfSixteen(String per) throws UnknownHostException {
    var chain = chain(Limit.of(per, "5/h"));
    var household = 0;
    for (var i = 0; i < 256; i++) {
      household += passed(chain, byHttp("a", "2001:db8:0:%x::1".formatted(i)), publish("a"), 6);
    }
    assertThat(household).isEqualTo(4 * 5);
    var site = household;
    for (var i = 256; i < 65_536; i += 64) {
      site += passed(chain, byHttp("a", "2001:db8:0:%x::1".formatted(i)), publish("a"), 6);
    }
    assertThat(site).isEqualTo(16 * 5);
    assertThat(passed(chain, byHttp("a", "2001:db8:1::1"), publish("a"), 6)).isEqualTo(5);
    clock.advance(Duration.ofHours(1));
    assertThat(passed(chain, byHttp("a", "2001:db8:0:1::1"), publish("a"), 6)).isEqualTo(5);
  }

  @Test
  void refusedMessage_takesNoTokenOfNetworksAround() throws UnknownHostException {
    var chain = chain(Limit.of("address", "5/h"));
    assertThat(passed(chain, byHttp("a", "2001:db8::1"), ECHO, 50)).isEqualTo(5);
    assertThat(passed(chain, byHttp("b", "2001:db8:0:1::1"), ECHO, 50)).isEqualTo(5);
  }

  @Test
  void overHttp_perConnectionIpv6_countsByNetwork() throws UnknownHostException {
    var chain = chain(Limit.of("connection", "3/h"));
    assertThat(passed(chain, byHttp("a", "2001:db8::1"), ECHO, 3)).isEqualTo(3);
    assertThat(passed(chain, byHttp("b", "2001:db8::2"), ECHO, 3)).isZero();
  }

  @Test
  void overHttp_takesNoTokensOfSocketsOfSameAddress() throws UnknownHostException {
    var chain = chain(Limit.of("connection", "3/h"));
    assertThat(passed(chain, byHttp("a", "10.0.0.1"), ECHO, 9)).isEqualTo(3);
    assertThat(passed(chain, from("10.0.0.1"), ECHO, 9)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"connection", "command", "channel"})
  void floodOfKeysFromOneAddress_leavesNewcomersTheirShare(String per) throws UnknownHostException {
    var filter =
        new RateLimitFilter(
            RateLimitOptions.builder()
                .limits(Limit.of(per, "10/h"))
                .refusals(Integer.MAX_VALUE)
                .keys(100)
                .newcomers(Rate.parse("160/s"))
                .build(),
            clock::nanoTime);
    var chain = TestChain.builder().filter("rate-limit", filter).build();
    var flood = 0;
    for (var i = 0; i < 5_000; i++) {
      flood += passed(chain, flooder(i), flooding(i), 1);
    }
    assertThat(flood).as("with fresh buckets, then one share").isBetween(110, 160);

    var newcomers = 0;
    for (var i = 0; i < 100; i++) {
      var newcomer = at("new-" + i, "10.1.0." + i);
      newcomers += passed(chain, newcomer, message("new" + i, "new" + i), 1);
    }
    assertThat(newcomers).as("none of them pays for the flood").isEqualTo(100);
  }

  private static RecordingConnection flooder(int i) throws UnknownHostException {
    return at("flood-" + i, "10.0.0.1");
  }

  private static Message flooding(int i) {
    return message("flood" + i, "flood" + i);
  }

  private static Message message(String command, String channel) {
    return Message.builder(command).header("publish", channel).build();
  }

  @Test
  void mayBlock_isFalse() {
    assertThat(chain(Limit.of("user", "1/s")).mayBlock(Message.of("nobody", ""))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "100", "0/s", "-1/s", "1/0s", "x/s", "1/w", "9999999999/s", "1/s/s"})
  void malformedRate_throws(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rate.parse(text))
        .withMessage("a rate such as 100/s, 5/m or 1000/10s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "everybody", "user+", "user,address"})
  void malformedPer_throws(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> KeyParts.parse(text));
  }

  @Test
  void limitWithoutRate_throws() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RateLimitFilter(RateLimitOptions.of()))
        .withMessageContaining("expected a rate");
  }

  private static long usedBytes() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static int passed(TestChain chain, RecordingConnection connection, Message m, int times) {
    var passed = 0;
    for (var i = 0; i < times; i++) {
      var outcome = chain.send(connection, m).outcome();
      passed += outcome instanceof Outcome.Refused(var status, _, _) && status == 429 ? 0 : 1;
      connection.takeSent();
    }
    return passed;
  }

  private TestChain chain(Limit... limits) {
    var options = RateLimitOptions.of(limits);
    return chain(new RateLimitFilter(options, clock::nanoTime));
  }

  private static TestChain chain(RateLimitFilter filter) {
    return TestChain.builder()
        .filter("rate-limit", filter)
        .processor("echo", exchange -> {})
        .build();
  }

  private static RateLimitOptions refusals(RateLimitOptions options, int refusals) {
    return options.toBuilder().refusals(refusals).build();
  }

  private static Limit limit(String per, String rate, int burst) {
    return new Limit(KeyParts.parse(per), Rate.parse(rate), Optional.of(burst), List.of());
  }

  private static RecordingConnection from(String address) throws UnknownHostException {
    var remote = new InetSocketAddress(InetAddress.getByName(address), 1);
    return new RecordingConnection(address, new Handshake(remote, "/", Map.of()));
  }

  private static RecordingConnection at(String id, String address) throws UnknownHostException {
    var remote = new InetSocketAddress(InetAddress.getByName(address), 1);
    return new RecordingConnection(id, new Handshake(remote, "/", Map.of()));
  }

  /** Returns a connection that stands for one message, as for {@code POST /publish}. */
  private static RecordingConnection byHttp(String id, String address) throws UnknownHostException {
    var remote = new InetSocketAddress(InetAddress.getByName(address), 1);
    return RecordingConnection.single(id, new Handshake(remote, "/", Map.of()));
  }

  private static Message publish(String channels) {
    return Message.builder("echo").header("publish", channels).build();
  }
}
