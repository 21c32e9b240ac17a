package io.lhttp.app.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.api.method.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A wrong value of each field of each method is answered with its path, value and expectation. */
class WrongFieldsTest extends ApiFixture {
  /** Valid fields beside the wrong one, for methods that need some. */
  private static final Map<Method, String> NEEDED =
      Map.of(
          Method.SUBSCRIBE, "\"user\":\"mia\",\"channels\":[\"a\"]",
          Method.UNSUBSCRIBE, "\"user\":\"mia\",\"channels\":[\"a\"]",
          Method.DISCONNECT, "\"user\":\"mia\"",
          Method.REFRESH, "\"user\":\"mia\",\"claims\":{}",
          Method.REVOKE, "\"user\":\"mia\"",
          Method.UNREVOKE, "\"user\":\"mia\"");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "publish|\"channel\":\"a b\"|$.channel|a b|a channel's name",
        "publish|\"channel\":\"a\",\"base64\":\"@@\"|$.base64|@@|Base64",
        "publish|\"channel\":\"a\",\"command\":\"b c\"|$.command|b c|without space",
        "publish|\"channel\":\"a\",\"headers\":{\"x\":\"ok\",\"a b\":\"c\"}|$.headers[\"a b\"]|c|a"
            + " token",
        "publish|\"channel\":\"a\",\"headers\":{\"x\":\"\\n\"}|$.headers.x|~\\n~|without control",
        "publish|\"channel\":\"a\",\"headers\":{\"Position\":\"e-1\"}|$.headers.Position|e-1|travel",
        "publish|\"channel\":\"a\",\"headers\":{\"publish\":\"evil\"}|$.headers.publish|evil|headers"
            + " other than publish",
        "publish|\"channel\":\"a\",\"headers\":{\"Subscribe\":\"a\"}|$.headers.Subscribe|a|headers"
            + " other than publish",
        "publish|\"channel\":\"a\",\"message-id\":\"\\u0000\"|$[\"message-id\"]|~\\0~|without"
            + " control",
        "publish|\"channel\":\"a\",\"text\":\"\",\"json\":1|$.json||at most one of text, json and"
            + " base64",
        "broadcast|\"channels\":[\"a\"],\"base64\":\"@@\"|$.base64|@@|Base64",
        "broadcast|\"text\":\"a\"|$.channels||a list of 1 to 1000 items",
        "batch|\"parallel\":true|$.commands||a list of 1 to 1000 items",
        "subscribe|\"user\":\"a\",\"channels\":[\"a\",\"b c\"]|$.channels[1]|b c|a channel's name",
        "subscribe|\"user\":\"a\"|$.channels||a list of 1 to 64 items",
        "subscribe|\"user\":\"a\",\"channels\":[]|$.channels||a list of 1 to 64 items",
        "unsubscribe|\"user\":\"a\",\"channels\":[\"\"]|$.channels[0]||a channel's name",
        "unsubscribe|\"user\":\"a\",\"session\":\"b\",\"channels\":[\"c\"]|$.session||one of user,"
            + " connection",
        "unsubscribe|\"channels\":[\"c\"]|$||one of user, connection, session and channel",
        "disconnect|\"channel\":\"a b\"|$.channel|a b|a channel's name",
        "disconnect|\"user\":\"a\",\"code\":1005|$.code|1005|1000 to 1003, 1007 to 1014 or 3000 to"
            + " 4999",
        "disconnect|\"user\":\"a\",\"code\":2999|$.code|2999|1000 to 1003, 1007 to 1014 or 3000 to"
            + " 4999",
        "refresh|\"user\":\"a\",\"claims\":[1]|$.claims|[1]|an object",
        "refresh|\"user\":\"a\"|$||one at least of claims and expires",
        "revoke|\"user\":\"a\\tb\"|$.user|a\tb|without control characters",
        "revoke|\"sha256\":\"SHA\"|$.sha256|SHA|64",
        "revoke|\"all\":false|$.all|false|true",
        "revoke|\"jti\":\"a\",\"before\":\"2020-01-01T00:00:00Z\"|$.before|2020-01-01T00:00:00Z|no"
            + " time beside jti",
        "revoke|\"user\":\"a\",\"expires\":\"2020-01-01T00:00:00Z\"|$.expires|2020-01-01T00:00:00Z|not"
            + " passed",
        "revoke|\"user\":\"a\",\"jti\":\"b\"|$.jti||one of user, jti, sha256, token and all",
        "unrevoke|\"user\":\"a\\tb\"|$.user|a\tb|without control characters",
        "block|\"user\":\"a\\tb\"|$.user|a\tb|without control characters",
        "block|\"user\":\"a\",\"until\":\"2020-01-01T00:00:00Z\"|$.until|2020-01-01T00:00:00Z|not"
            + " passed",
        "unblock|\"user\":\"a\\tb\"|$.user|a\tb|without control characters",
        "presence|\"channel\":\"a b\"|$.channel|a b|a channel's name",
        "presence-stats|\"channel\":\"a b\"|$.channel|a b|a channel's name",
        "history|\"channel\":\"a b\"|$.channel|a b|a channel's name",
        "history|\"channel\":\"kept\",\"since\":\"garbage\"|$.since|garbage|EPOCH-OFFSET",
        "history-reset|\"channel\":\"a b\"|$.channel|a b|a channel's name",
        "connections|\"user\":\"a\",\"channel\":\"b\"|$.channel||at most one of user",
        "channels|\"pattern\":\"\"|$.pattern||a text of 1 to 256 characters",
      })
  void wrongValue_isAnsweredWithItsPlace(
      String method, String fields, String path, String value, String expected) throws Exception {
    var error = fail(400, method, "{" + fields + "}");

    assertThat(error.get("path").asText()).isEqualTo(path);
    assertThat(error.get("expected").asText()).contains(expected);
    assertThat(error.path("value").asText())
        .isEqualTo(
            value == null
                ? ""
                : value.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0"));
  }

  @Test
  void reasonOfTooManyBytes_isAnsweredWithItsPlace() throws Exception {
    for (var reason : List.of("ü".repeat(62), "x".repeat(124))) {
      var error = fail(400, "disconnect", "{\"user\":\"a\",\"reason\":\"" + reason + "\"}");
      assertThat(error.get("path").asText()).isEqualTo("$.reason");
      assertThat(error.get("value").asText()).isEqualTo(reason);
      assertThat(error.get("expected").asText()).contains("123");
    }
  }

  @Test
  void wrongTypeOfEachField_isAnsweredWithItsPlace() throws Exception {
    var unnamed = new ArrayList<String>();
    for (var method : Method.values()) {
      for (var component : method.command().getRecordComponents()) {
        var name = component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        if (name.equals("json")) {
          continue; // any value is valid
        }
        var others = NEEDED.getOrDefault(method, "");
        var fields = others.contains("\"" + name + "\":") ? "" : others;
        fields = fields.isEmpty() && name.equals("claims") ? "\"user\":\"mia\"" : fields;
        var wrong = name.equals("claims") ? "7" : "{\"x\":7}";
        var json = "{%s%s\"%s\":%s}".formatted(fields, fields.isEmpty() ? "" : ",", name, wrong);
        var error = fail(400, method.word(), json);
        var path = error.path("path").asText();
        var place = name.contains("-") ? "$[\"" + name + "\"]" : "$." + name;
        if (!path.startsWith(place) || !error.has("expected")) {
          unnamed.add(method.word() + " " + json + " -> " + error);
        }
      }
    }
    assertThat(unnamed).isEmpty();
  }
}
