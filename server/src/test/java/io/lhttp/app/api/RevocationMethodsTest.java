package io.lhttp.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.revocation.Credential;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** The methods that revoke tokens and block users. */
class RevocationMethodsTest extends ApiFixture {
  @Test
  void block_closesConnectionAndListsUserUntilUnblocked() throws Exception {
    try (var client = login("mia")) {
      assertThat(call("block", "{\"user\":\"mia\"}").get("changed").asInt()).isEqualTo(1);
      assertThat(client.closed().code()).isEqualTo(4403);
    }
    var blocked = call("blocked", "{}").get("entries");
    assertThat(blocked).hasSize(1);
    assertThat(blocked.get(0).get("user").asText()).isEqualTo("mia");
    assertThat(call("revocations", "{}").get("entries")).isEmpty();
    assertThat(call("unblock", "{\"user\":\"mia\"}").get("removed").asBoolean()).isTrue();
    assertThat(call("unblock", "{\"user\":\"mia\"}").get("removed").asBoolean()).isFalse();
    login("mia").close();
  }

  @Test
  void revoke_ofUser_closesConnection() throws Exception {
    try (var client = login("mia")) {
      var answer = call("revoke", "{\"user\":\"mia\",\"before\":\"2999-01-01T00:00:00Z\"}");
      assertThat(answer.get("changed").asInt()).isEqualTo(1);
      assertThat(client.closed().reason()).isEqualTo("revoked");
    }
    assertThat(call("unrevoke", "{\"user\":\"mia\"}").get("removed").asBoolean()).isTrue();
  }

  @Test
  void revokedToken_isKeptAsHashUntilItExpires() throws Exception {
    var payload =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"exp\":4102444800}".getBytes(StandardCharsets.UTF_8));
    var token = "e30." + payload + ".c2ln";

    call("revoke", "{\"token\":\"%s\"}".formatted(token));

    var entries = call("revocations", "{}").get("entries");
    assertThat(entries).hasSize(1);
    assertThat(entries.get(0).get("sha256").asText()).isEqualTo(Credential.hash(token));
    assertThat(entries.get(0).get("end").asText()).isEqualTo("2100-01-01T00:00:00Z");
    assertThat(entries.toString()).doesNotContain(payload);
    assertThat(call("audit", "{\"last\":2}").toString()).doesNotContain(payload);
  }

  @Test
  void entries_areListedInPages() throws Exception {
    call("revoke", "{\"jti\":\"1\"}");
    call("revoke", "{\"all\":true,\"before\":\"2026-01-01T00:00:00Z\"}");
    var first = call("revocations", "{\"limit\":1}");
    assertThat(first.get("truncated").asBoolean()).isTrue();
    var after = first.get("entries").get(0).get("id").asText();
    var rest = call("revocations", "{\"after\":\"%s\"}".formatted(after));
    assertThat(rest.get("truncated").asBoolean()).isFalse();
    assertThat(rest.get("entries")).hasSize(1);
    assertThat(rest.get("entries").get(0).get("jti").asText()).isEqualTo("1");
  }
}
