package io.lhttp.filters.auth;

import static io.lhttp.filters.auth.ForgedTokensTest.with;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.lhttp.Handshake;
import io.lhttp.Metric;
import io.lhttp.Outcome;
import io.lhttp.Secrets;
import io.lhttp.filters.auth.AuthOptions.ApiKey;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.filters.auth.AuthOptions.Sources;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.testing.ManualClock;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The filter {@code auth} authenticates connections by tokens and API keys, and closes those
 * without one.
 */
class AuthFilterTest {
  private static final Message ECHO = Message.of("echo", "");
  private static final String API_KEY = "an-api-key-of-some-length";

  private final ManualClock clock = new ManualClock();

  @ParameterizedTest
  @CsvSource({
    "authorization, Bearer TOKEN, /",
    "authorization, bearer TOKEN, /",
    "sec-websocket-protocol, 'lhttp, bearer.TOKEN', /",
    "cookie, 'a=b; session=TOKEN', /",
    "cookie, 'session=\"TOKEN\"; a=b', /",
    "x-other, nothing, /chat?room=1&token=TOKEN",
  })
  void handshake_withTokenInAnySource_authenticates(String header, String value, String uri) {
    var token = token("jack", 60);
    var connection =
        open(
            chain(options(false)),
            uri.replace("TOKEN", token),
            Map.of(header, List.of(value.replace("TOKEN", token))));
    assertThat(connection.principal().name()).isEqualTo("jack");
    assertThat(connection.open()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "authorization, Bearer bad, /",
    "authorization, Basic amFjazp4, /",
    "sec-websocket-protocol, 'lhttp, bearer.bad', /",
    "cookie, session=bad, /",
    "cookie, session=, /",
    "cookie, session=\"\", /",
    "cookie, session=\", /",
    "x-other, nothing, /?token=bad",
    "x-other, nothing, /?token=%zz",
  })
  void handshake_withBadToken_closes(String header, String value, String uri) {
    for (var anonymous : new boolean[] {true, false}) {
      var connection = open(chain(options(anonymous)), uri, Map.of(header, List.of(value)));
      assertThat(connection.closed()).map(code -> code.code()).contains(4401);
    }
  }

  @Test
  void handshake_withTwoTokens_closes() {
    var both = List.of("Bearer " + token("jack", 60), "Bearer " + token("mike", 60));
    assertThat(open(chain(options(false)), "/", Map.of("authorization", both)).open()).isFalse();
  }

  @Test
  void handshake_tokenInDisabledSource_staysAnonymous() {
    var chain = chain(AuthOptions.of(Jwt.of(Forge.SECRET)));
    var connection =
        open(
            chain,
            "/?token=" + token("jack", 60),
            Map.of("cookie", List.of("session=" + token("jack", 60))));
    assertThat(connection.principal().anonymous()).isTrue();
    assertThat(chain.send(connection, ECHO).outcome())
        .isEqualTo(Outcome.refused(401, "a token is needed"));
  }

  @Test
  void connection_withoutTokenInGracePeriod_closes() {
    var chain = chain(options(false));
    var connection = chain.connect("a");
    connection.elapse(Duration.ofSeconds(29));
    assertThat(connection.open()).isTrue();
    connection.elapse(Duration.ofSeconds(1));
    assertThat(connection.closed()).map(code -> code.reason()).contains("no token in time");
  }

  @Test
  void removedFilter_demandsNoTokenAnyMore() throws Exception {
    var chain = chain(options(false));
    var opened = chain.connect("a");
    chain.swap(TestChain.builder().filter("auth", new AuthFilter(options(false))));
    var joined = chain.connect("b");

    chain.swap(TestChain.builder());

    opened.elapse(Duration.ofDays(1));
    joined.elapse(Duration.ofDays(1));
    assertThat(opened.open()).isTrue();
    assertThat(joined.open()).isTrue();
  }

  @Test
  void replacedFilter_requiresTokenAgain() throws Exception {
    var chain = chain(options(false));
    var connection = chain.connect("a");
    connection.elapse(Duration.ofSeconds(29));

    chain.swap(TestChain.builder().filter("auth", new AuthFilter(options(false))));

    connection.elapse(Duration.ofSeconds(29));
    assertThat(connection.open()).isTrue();
    connection.elapse(Duration.ofSeconds(1));
    assertThat(connection.closed()).map(code -> code.reason()).contains("no token in time");
  }

  @Test
  void removedFilter_keepsDeadlineOfToken() throws Exception {
    var chain = chain(options(false));
    var connection =
        open(chain, "/", Map.of("authorization", List.of("Bearer " + token("jack", 60))));

    chain.swap(TestChain.builder());

    connection.elapse(Duration.ofDays(1));
    assertThat(connection.closed()).map(code -> code.reason()).contains("token expired");
  }

  @Test
  void tenthMessage_withoutToken_closes() {
    var chain = chain(options(false));
    var connection = chain.connect("a");
    for (var i = 0; i < 9; i++) {
      assertThat(chain.send(connection, ECHO).outcome())
          .isEqualTo(Outcome.refused(401, "a token is needed"));
    }
    chain.send(connection, ECHO);
    assertThat(connection.closed()).map(code -> code.code()).contains(4401);
  }

  @Test
  void anonymousAllowed_withoutToken_staysOpen() {
    var chain = chain(options(true));
    var connection = chain.connect("a");
    assertThat(chain.send(connection, ECHO).outcome()).isEqualTo(Outcome.done());
    connection.elapse(Duration.ofDays(1));
    assertThat(connection.open()).isTrue();
  }

  @Test
  void message_withTokenAlone_isAcknowledged() {
    var chain = chain(options(false));
    var connection = chain.connect("a");
    var login =
        Message.builder("login").header("authorization", token("jack", 60)).header("ack", "true");
    assertThat(chain.send(connection, login.build()).replies().getFirst().header("status"))
        .contains("200");
    assertThat(chain.send(connection, Message.of("login", "")).outcome())
        .isInstanceOf(Outcome.Refused.class);
  }

  @Test
  void tokenNearExpiry_warnsInRepliesThenCloses() {
    var chain = chain(options(false));
    var connection = chain.connect("a");
    assertThat(
            chain
                .send(connection, with(token("jack", 60)))
                .replies()
                .getFirst()
                .header("token-expires"))
        .isEmpty();
    elapse(connection, 65);
    assertThat(chain.send(connection, ECHO).replies().getFirst().header("token-expires"))
        .contains("25");
    assertThat(chain.send(connection, Message.of("nobody", "")).replies().getFirst().headers())
        .as("a refusal, too")
        .anyMatch(header -> header.name().equals("token-expires"));
    elapse(connection, 25);
    assertThat(connection.closed()).map(code -> code.reason()).contains("token expired");
  }

  @Test
  void message_afterExpiryBeforeTimer_isNotLetThrough() {
    var chain = chain(options(false));
    var connection = chain.connect("a");
    chain.send(connection, with(token("jack", 60)));
    clock.advance(Duration.ofSeconds(90));
    assertThat(chain.send(connection, ECHO).outcome()).isInstanceOf(Outcome.Closed.class);
  }

  @Test
  void newToken_ofSameUser_extendsConnection() {
    var chain = chain(options(false));
    var connection = chain.connect("a");
    chain.send(connection, with(token("jack", 60)));
    elapse(connection, 70);
    assertThat(
            chain
                .send(connection, with(token("jack", 60)))
                .replies()
                .getFirst()
                .header("token-expires"))
        .isEmpty();
    elapse(connection, 80);
    assertThat(connection.open()).isTrue();
    elapse(connection, 10);
    assertThat(connection.open()).isFalse();
  }

  @Test
  void token_ofAnotherUser_isRefused() {
    var chain = chain(options(false));
    var connection = chain.connect("a");
    chain.send(connection, with(token("jack", 60)));
    assertThat(chain.send(connection, with(token("mike", 60))).outcome())
        .isEqualTo(Outcome.refused(403, "the token is another user's"));
    assertThat(connection.principal().name()).isEqualTo("jack");
  }

  @Test
  void apiKey_asTextOrHash_authenticates() {
    var hash = hash("another-key-of-some-length");
    var keys =
        Map.of(
            "backend",
                new ApiKey(
                    Optional.of(Secrets.of(API_KEY)),
                    Optional.empty(),
                    Map.of("roles", List.of("admin"))),
            "cron", new ApiKey(Optional.empty(), Optional.of(Secrets.of(hash)), Map.of()));
    var options =
        new AuthOptions(
            Optional.empty(),
            keys,
            Sources.DEFAULT,
            false,
            Duration.ZERO,
            Duration.ofSeconds(1),
            10,
            List.of());
    var chain = chain(options);
    var backend = chain.connect("a");
    assertThat(chain.send(backend, with(API_KEY)).outcome()).isEqualTo(Outcome.done());
    assertThat(backend.principal().name()).isEqualTo("backend");
    assertThat(backend.principal().claims()).containsEntry("roles", List.of("admin"));
    var cron = chain.connect("b");
    chain.send(cron, with("another-key-of-some-length"));
    assertThat(cron.principal().name()).isEqualTo("cron");
    var nobody = chain.connect("c");
    assertThat(chain.send(nobody, with(hash)).outcome())
        .isEqualTo(Outcome.refused(401, "bad token"));
    assertThat(chain.send(nobody, with(API_KEY + "x")).outcome())
        .isEqualTo(Outcome.refused(401, "bad token"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void apiKey_whileTwoAreListed_eachAuthenticates(boolean hashed) {
    var next = "another-key-of-some-length";
    var both = hashed ? Secrets.of(hash(next), hash(API_KEY)) : Secrets.of(next, API_KEY);
    var key =
        hashed
            ? new ApiKey(Optional.empty(), Optional.of(both), Map.of())
            : new ApiKey(Optional.of(both), Optional.empty(), Map.of());
    var chain = chain(AuthOptions.builder().apiKey("mia", key).build());

    for (var token : List.of(next, API_KEY)) {
      var connection = chain.connect(token);
      assertThat(chain.send(connection, with(token)).outcome()).isEqualTo(Outcome.done());
      assertThat(connection.principal().name()).isEqualTo("mia");
    }
    assertThat(chain.send(chain.connect("c"), with(API_KEY + next)).outcome())
        .isEqualTo(Outcome.refused(401, "bad token"));
  }

  private static String hash(String token) {
    return HexFormat.of().formatHex(Digests.sha256(token.getBytes(UTF_8)));
  }

  @Test
  void jwtSecret_whileTwoAreListed_eachVerifies() {
    var other = "0123456789abcdef0123456789abcdef-other";
    var jwt = AuthOptions.Jwt.builder().secrets(Secrets.of(other, Forge.SECRET)).build();
    var chain = chain(AuthOptions.of(jwt));

    var connection = chain.connect("a");
    assertThat(chain.send(connection, with(token("jack", 60))).outcome()).isEqualTo(Outcome.done());
  }

  @Test
  void mayBlock_isTrueOnlyForUnknownOrExpiredTokens() {
    var chain =
        TestChain.builder()
            .filter("auth", new AuthFilter(options(false), clock, clock::nanoTime))
            .build();
    var message = with(token("jack", 60));
    assertThat(chain.mayBlock(ECHO)).isFalse();
    assertThat(chain.mayBlock(message)).isTrue();
    chain.send(chain.connect("a"), message);
    assertThat(chain.mayBlock(message)).isFalse();
    clock.advance(Duration.ofSeconds(60));
    assertThat(chain.mayBlock(message)).as("expired").isTrue();
  }

  @Test
  void metrics_countEachResultOfToken() {
    var filter = new AuthFilter(options(false), clock, clock::nanoTime);
    var chain =
        TestChain.builder()
            .filter("auth", filter)
            .processor("echo", exchange -> exchange.send(""))
            .build();
    var jack = chain.connect("a");
    chain.send(jack, ECHO);
    chain.send(jack, with("no token"));
    chain.send(jack, with(token("jack", -100)));
    chain.send(jack, with(token("jack", 60)));
    chain.send(jack, with(token("jack", 70)));
    chain.send(jack, with(token("jack", 70))); // the same token again
    chain.send(jack, with(token("mike", 60)));
    chain.send(jack, with(Forge.hs256("{\"alg\":\"HS256\"}", "{}", new byte[32])));
    assertThat(filter.metrics())
        .filteredOn(measure -> measure.value() > 0)
        .extracting(Metric::name, measure -> measure.labels().get("reason"), Metric::value)
        .containsExactlyInAnyOrder(
            tuple("auth_accepted", null, 2.0),
            tuple("auth_refusals", "missing", 1.0),
            tuple("auth_refusals", "malformed", 1.0),
            tuple("auth_refusals", "expired", 1.0),
            tuple("auth_refusals", "another-user", 1.0),
            tuple("auth_refusals", "signature", 1.0));
    assertThat(filter.metrics()).as("each reason from the start").hasSize(18);
  }

  @Test
  void swap_toOtherSecret_refusesOldTokenAndCloses() {
    var before = chain(options(false));
    var connection = before.connect("a");
    before.send(connection, with(token("jack", 60)));
    var same = chain(options(false));
    assertThat(same.send(connection, ECHO).outcome()).isEqualTo(Outcome.done());
    var other = chain(AuthOptions.of(Jwt.of("another secret of 32 characters!")));
    assertThat(other.send(connection, ECHO).outcome()).isInstanceOf(Outcome.Refused.class);
    assertThat(connection.closed()).map(code -> code.code()).contains(4401);
  }

  @Test
  void constructors_withUnusableOptions_throw() {
    assertThatIllegalArgumentException().isThrownBy(() -> new AuthFilter(new AuthOptions()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Jwt.of("short"))
        .withMessageContaining("32 bytes");
    assertThatIllegalArgumentException().isThrownBy(() -> Pem.key("nothing"));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AuthOptions.Key.pem("x", Forge.pem("PRIVATE KEY", Forge.ec().getPrivate())))
        .withMessageContaining("not a PRIVATE KEY");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AuthOptions.Key.pem("x", Forge.pem(Forge.rsa(1024).getPublic())))
        .withMessageContaining("2048 bits");
  }

  private static AuthOptions options(boolean anonymous) {
    return AuthOptions.builder()
        .jwt(Jwt.of(Forge.SECRET))
        .tokens(new Sources(true, true, true, Optional.of("session"), Optional.of("token")))
        .anonymous(anonymous)
        .build();
  }

  private TestChain chain(AuthOptions options) {
    return TestChain.builder()
        .filter("auth", new AuthFilter(options, clock, clock::nanoTime))
        .filter("pubsub", new PubSubFilter())
        .processor("echo", exchange -> exchange.send(""))
        .build();
  }

  private RecordingConnection open(TestChain chain, String uri, Map<String, List<String>> headers) {
    var remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    var connection = new RecordingConnection("c", new Handshake(remote, uri, headers));
    chain.open(connection);
    return connection;
  }

  private void elapse(RecordingConnection connection, int seconds) {
    clock.advance(Duration.ofSeconds(seconds));
    connection.elapse(Duration.ofSeconds(seconds));
  }

  private String token(String user, int seconds) {
    var exp = clock.instant().getEpochSecond() + seconds;
    return Forge.token("{\"sub\":\"" + user + "\",\"exp\":" + exp + "}");
  }
}
