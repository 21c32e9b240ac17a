package io.lhttp.filters.auth;

import static io.lhttp.filters.auth.ForgedTokensTest.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.filters.auth.AuthOptions.Action;
import io.lhttp.filters.auth.AuthOptions.Jwt;
import io.lhttp.filters.auth.AuthOptions.Permission;
import io.lhttp.filters.pubsub.PubSubFilter;
import io.lhttp.message.Message;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Permissions decide which user may subscribe and publish to which channel. */
class PermissionsTest {
  @Test
  void configuredPermissions_forbidAllOtherChannels() {
    var chain = chain();
    var jack = login(chain, "jack", "\"roles\":[\"member\"],\"rooms\":[\"kitchen\",\"*\"]");
    assertAllowed(chain, jack, "subscribe", "user:jack");
    assertAllowed(chain, jack, "subscribe", "news");
    assertAllowed(chain, jack, "publish", "club:a:b");
    assertAllowed(chain, jack, "publish", "room:kitchen");
    // stands for the channel of this name, not for a pattern
    assertAllowed(chain, jack, "subscribe", "room:*");
    for (var channel :
        List.of(
            "user:mike", "user:jackie", "user:", "room:garden", "club", "other", "*", "news.x")) {
      assertForbidden(chain, jack, "subscribe", channel);
    }
    assertForbidden(chain, jack, "publish", "news");
    assertForbidden(chain, jack, "publish", "user:jack");
    assertForbidden(chain, jack, "subscribe", "news other");
  }

  @Test
  void userWithoutRole_isForbiddenChannelsOfRole() {
    var chain = chain();
    var mike = login(chain, "mike", "\"roles\":[\"guest\"]");
    assertForbidden(chain, mike, "publish", "club:a");
    assertForbidden(chain, mike, "subscribe", "room:kitchen");
    assertAllowed(chain, mike, "subscribe", "news");
    assertForbidden(chain, mike, "subscribe", "gold");
    assertAllowed(chain, login(chain, "jane", "\"tier\":3"), "subscribe", "gold");
  }

  @Test
  void userName_isNotReadAsPattern() {
    var chain = chain();
    var star = login(chain, "*", "\"x\":1");
    assertForbidden(chain, star, "subscribe", "user:jack");
    assertAllowed(chain, star, "subscribe", "user:*");
    assertForbidden(chain, login(chain, "${user}", "\"x\":1"), "subscribe", "user:jack");
  }

  @ParameterizedTest
  @CsvSource({
    "priv:${user}:*, bob, bob:x, priv:bob:x:inbox",
    "priv:${user}:*, bob, bob:, priv:bob::inbox",
    "priv:${user}, bob:x, bob, priv:bob:x",
    "priv/${user}/*, bob, bob/x, priv/bob/x/inbox",
    "priv.${user}.*, bob, bob.x, priv.bob.x.inbox",
    "priv-${user}-*, bob, bob-x, priv-bob-x-inbox",
    "'${user}:*', bob, bob:x, bob:x:inbox",
    "a:${user}>b, é, é>é, a:é>é>b",
  })
  void userName_withSeparator_matchesNoChannel(
      String pattern, String one, String other, String channel) {
    var allowed = new Permissions(List.of(Permission.of(pattern)));
    var both =
        allowed.allow(new Principal(one, Map.of()), Action.SUBSCRIBE, channel)
            && allowed.allow(new Principal(other, Map.of()), Action.SUBSCRIBE, channel);
    assertThat(both).isFalse();
    var spanning = one.length() > other.length() ? one : other;
    assertThat(allowed.allow(new Principal(spanning, Map.of()), Action.SUBSCRIBE, channel))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "user:${user}, jack@example.com, user:jack@example.com",
    "user:${user}:*, 3f2a-11-x, user:3f2a-11-x:inbox",
    "my-app:${user}, a-b, my-app:a-b",
    "user:${user}, auth0|1.2, user:auth0|1.2",
    "'user:${user}:*', ünï→, user:ünï→:a",
    "'${user}', a:b, a:b",
  })
  void userName_otherCharacters_matchLiterally(String pattern, String user, String channel) {
    var allowed = new Permissions(List.of(Permission.of(pattern)));
    assertThat(allowed.allow(new Principal(user, Map.of()), Action.PUBLISH, channel)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "priv|${user}, priv|${user}|*, bob|inbox, priv|bob|inbox",
    "priv.${user}, priv.${user}.*, bob.inbox, priv.bob.inbox",
    "priv:${user}, priv:${user}.*, bob.inbox, priv:bob.inbox",
    "priv:${user}, priv:x|${user}, x|bob, priv:x|bob",
    "priv:${user}, priv:${claims.id}-inbox, bob-inbox, priv:bob-inbox",
    "priv:${user}, priv:staff~*, staff~a, priv:staff~a",
    "a_${user}, a_${user}🔑*, bob🔑x, a_bob🔑x",
    "'${user}', priv:${user}, priv:bob, priv:bob",
    "'${user}', priv:*, priv:bob, priv:bob",
    "'${user}', priv/bob, priv/bob, priv/bob",
    "'${user}', priv|${user}, priv|bob, priv|bob",
  })
  void userName_thatWouldMatchSiblingPattern_isForbidden(
      String pattern, String sibling, String user, String channel) {
    for (var rules :
        List.of(
            List.of(Permission.of(pattern), Permission.of(sibling, Action.PUBLISH)),
            List.of(Permission.of(sibling, Action.PUBLISH), Permission.of(pattern)))) {
      assertThat(
              new Permissions(rules)
                  .allow(new Principal(user, Map.of()), Action.SUBSCRIBE, channel))
          .isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "priv:${user}, news.*, bob@example.org, priv:bob@example.org, false",
    "priv:${user}, news:*, bob@example.org, priv:bob@example.org, true",
    "priv:${user}, priv:${user}:*, bob@example.org, priv:bob@example.org:inbox, true",
    "priv:${user}, club*, bob-x, priv:bob-x, true",
    "priv:${user}, '${claims.channels}', auth0|12.3, priv:auth0|12.3, true",
    "'${user}', '${claims.channels}', a:b, a:b, true",
  })
  void separators_comeFromLiteralsOfAllPatterns(
      String pattern, String sibling, String user, String channel, boolean allowed) {
    var rules = new Permissions(List.of(Permission.of(pattern), Permission.of(sibling)));
    assertThat(rules.allow(new Principal(user, Map.of()), Action.SUBSCRIBE, channel))
        .isEqualTo(allowed);
  }

  @Test
  void claim_asWholePattern_listsChannelsLiterally() {
    var rules =
        new Permissions(
            List.of(Permission.of("${claims.channels}"), Permission.of("priv|${user}|*")));
    var bob = new Principal("bob", Map.of("channels", List.of("a:b|c", "priv|eve|inbox")));
    assertThat(rules.allow(bob, Action.PUBLISH, "a:b|c")).isTrue();
    assertThat(rules.allow(bob, Action.PUBLISH, "priv|eve|inbox")).isTrue();
    assertThat(rules.allow(bob, Action.PUBLISH, "priv|eve|other")).isFalse();
  }

  @Test
  void claim_withSeparatorOrEmpty_matchesNoChannel() {
    var allowed = new Permissions(List.of(Permission.of("team:${claims.teams}:*")));
    var principal = new Principal("bob", Map.of("teams", List.of("red", "blue:x", "", 7)));
    assertThat(allowed.allow(principal, Action.PUBLISH, "team:red:a")).isTrue();
    assertThat(allowed.allow(principal, Action.PUBLISH, "team:7:a")).isTrue();
    assertThat(allowed.allow(principal, Action.PUBLISH, "team:blue:x:a")).isFalse();
    assertThat(allowed.allow(principal, Action.PUBLISH, "team::a")).isFalse();
    var nobody = new Permissions(List.of(Permission.of("user:${user}:*")));
    assertThat(nobody.allow(Principal.ANONYMOUS, Action.PUBLISH, "user::a")).isFalse();
  }

  @Test
  void newToken_allowingLess_endsSubscriptions() {
    var chain = chain();
    var jack = login(chain, "jack", "\"rooms\":[\"kitchen\",\"garden\"]");
    assertAllowed(chain, jack, "subscribe", "room:kitchen room:garden user:jack");
    chain.send(jack, with(Forge.token("{\"sub\":\"jack\",\"rooms\":[\"garden\"]}")));
    assertThat(jack.channels()).containsExactly("room:garden", "user:jack");
  }

  @ParameterizedTest
  @CsvSource({
    "a*b",
    "*:x",
    "user:${name}",
    "user:${}",
    "'a b'",
    "${claims.}",
    "'user:${user}*'",
    "'u${user}'",
    "'a:b9${claims.id}:c'",
    "'a:${user}x'",
    "'é${user}'",
    "'${user}${claims.a}'"
  })
  void malformedPattern_throws(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> ChannelPattern.parse(text));
  }

  private static TestChain chain() {
    return TestChain.builder()
        .filter("auth", new AuthFilter(permissions()))
        .filter("pubsub", new PubSubFilter())
        .processor("echo", exchange -> exchange.send(""))
        .build();
  }

  private static AuthOptions permissions() {
    return AuthOptions.of(
        Jwt.of(Forge.SECRET),
        Permission.of("user:${user}", Action.SUBSCRIBE),
        Permission.of("news", Action.SUBSCRIBE),
        Permission.of("room:${claims.rooms}"),
        new Permission(
            ChannelPattern.parse("gold"), List.of(), Optional.empty(), Map.of("tier", 3)),
        new Permission(ChannelPattern.parse("club:*"), List.of(), Optional.of("member"), Map.of()));
  }

  private static RecordingConnection login(TestChain chain, String user, String claims) {
    var connection = chain.connect(user);
    var token = Forge.token("{\"sub\":\"" + user + "\"," + claims + "}");
    assertThat(chain.send(connection, with(token)).outcome()).isEqualTo(Outcome.done());
    return connection;
  }

  private static void assertAllowed(
      TestChain chain, RecordingConnection c, String verb, String channels) {
    var message = Message.builder("echo").header(verb, channels).build();
    assertThat(chain.send(c, message).outcome()).as(channels).isEqualTo(Outcome.done());
  }

  private static void assertForbidden(
      TestChain chain, RecordingConnection c, String verb, String channels) {
    var message = Message.builder("echo").header(verb, channels).build();
    assertThat(chain.send(c, message).outcome())
        .as(channels)
        .isEqualTo(Outcome.refused(403, "not allowed on this channel"));
    assertThat(verb.equals("subscribe") && c.channels().contains(channels)).isFalse();
  }
}
