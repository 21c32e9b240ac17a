package io.lhttp.filters.auth;

import static io.lhttp.filters.auth.ForgedTokensTest.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.lhttp.Metric;
import io.lhttp.Outcome;
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
import org.junit.jupiter.params.provider.ValueSource;

/** The roles, and the name, of a user come from the claim that the options name. */
class RolesTest {
  /** The claims, the claim with the roles, and the roles, separated by spaces. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'realm_access':{'roles':['a','b c']}} | realm_access.roles | [a, b c]",
        "{'resource_access':{'my.app':{'roles':['a']}}} | resource_access.my.app.roles | [a]",
        "{'resource_access':{'my':{'x':1},'my.app':{'roles':['a']}}} | resource_access.my.app.roles | [a]",
        "{'https://example.com/roles':['a']} | https://example.com/roles | [a]",
        "{'https://example.com/roles':'a'} | https://example.com/roles | [a]",
        "{'https://example.com/app':{'roles':['a']}} | https://example.com/app.roles | [a]",
        "{'realm_access.roles':['a'],'realm_access':{'roles':['b']}} | realm_access.roles | [a]",
        "{'roles':['a','b']} | roles | [a, b]",
        "{'role':'not a'} | role | [not a]",
        "{'scp':'a  b '} | scp | [a, b]",
        "{'scp':['a b']} | scp | [a b]",
        "{'scope':'a'} | scope | [a]",
        "{'https://example.com/scope':'a b'} | https://example.com/scope | [a, b]",
        "{'roles':['forged'],'realm_access':{}} | realm_access.roles | []",
        "{'roles':['forged'],'realm_access':'roles'} | realm_access.roles | []",
        "{'roles':['forged'],'realm_access':{'roles':null}} | realm_access.roles | []",
        "{'roles':['forged'],'scp':' '} | scp | []",
        "{'roles':['forged']} | groups | []",
        "{'roles':['forged'],'groups':[]} | groups | []",
      })
  void token_withRolesInClaim_givesUserTheseRoles(String claims, String from, String expected) {
    var chain = chain(Jwt.builder().secret(Forge.SECRET).roles(from).build());
    var connection = chain.connect("a");

    assertThat(log(chain, connection, claims)).isEqualTo(Outcome.done());

    var roles = connection.principal().claims().getOrDefault("roles", List.of());
    assertThat(roles).asString().isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'groups':7}",
        "{'groups':true}",
        "{'groups':{'roles':['a']}}",
        "{'groups':['a',7]}",
        "{'groups':[['a']]}",
        "{'groups':['a',null]}",
      })
  void token_withRolesOfWrongType_isRefusedAndCounted(String claims) {
    var filter =
        new AuthFilter(AuthOptions.of(Jwt.builder().secret(Forge.SECRET).roles("groups").build()));
    var chain = chain(filter);
    var connection = chain.connect("a");

    assertThat(log(chain, connection, claims)).isEqualTo(Outcome.refused(401, "bad token"));

    assertThat(connection.principal().anonymous()).isTrue();
    assertThat(filter.metrics())
        .filteredOn(metric -> metric.labels().containsValue("claims"))
        .map(Metric::value)
        .containsExactly(1.0);
  }

  @Test
  void permissionWithRole_countsRolesOfNamedClaim() {
    var club =
        new Permission(ChannelPattern.parse("club"), List.of(), Optional.of("member"), Map.of());
    var jwt = Jwt.builder().secret(Forge.SECRET).roles("realm_access.roles").build();
    var chain = chain(new AuthFilter(AuthOptions.of(jwt, club)));
    var member = chain.connect("a");
    var forger = chain.connect("b");

    log(chain, member, "{'realm_access':{'roles':['guest','member']}}");
    log(chain, forger, "{'realm_access':{'roles':['guest']},'roles':['member']}");

    var subscribe = Message.builder("echo").header("subscribe", "club").build();
    assertThat(chain.send(member, subscribe).outcome()).isEqualTo(Outcome.done());
    assertThat(chain.send(forger, subscribe).outcome())
        .isEqualTo(Outcome.refused(403, "not allowed on this channel"));
  }

  @Test
  void token_withoutNamedClaim_keepsItsRoles() {
    var chain = chain(Jwt.of(Forge.SECRET));
    var connection = chain.connect("a");

    log(chain, connection, "{'roles':'member'}");

    assertThat(connection.principal().claims()).containsEntry("roles", "member");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'profile':{'name':'mia'}} | profile.name | mia",
        "{'https://example.com/name':'mia'} | https://example.com/name | mia",
        "{'oid':'690222be'} | oid | 690222be",
      })
  void user_ofNamedClaim_isFound(String claims, String from, String expected) {
    var chain = chain(Jwt.builder().secret(Forge.SECRET).user(from).build());
    var connection = chain.connect("a");

    log(chain, connection, claims);

    assertThat(connection.principal().name()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", " roles", "roles "})
  void path_blankOrPadded_throws(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> ClaimPath.parse(name));
  }

  private static TestChain chain(Jwt jwt) {
    return chain(new AuthFilter(AuthOptions.of(jwt)));
  }

  private static TestChain chain(AuthFilter filter) {
    return TestChain.builder()
        .filter("auth", filter)
        .filter("pubsub", new PubSubFilter())
        .processor("echo", exchange -> exchange.send(""))
        .build();
  }

  /** Sends a token with these claims, and with {@code sub}. Returns the outcome. */
  private static Outcome log(TestChain chain, RecordingConnection connection, String claims) {
    var more = claims.replace('\'', '"').substring(1);
    return chain.send(connection, with(Forge.token("{\"sub\":\"mia\"," + more))).outcome();
  }
}
