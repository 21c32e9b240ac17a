package io.lhttp.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Secrets;
import io.lhttp.app.SettingsCheck;
import io.lhttp.app.api.ApiKey;
import io.lhttp.app.api.method.Method;
import io.lhttp.app.assembly.ApplicationLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The keys of the server API are read in each form, and a wrong one shows no secret. */
class ApiSettingsTest {
  private static final String ONE = "first-secret-0123";
  private static final String TWO = "second-secret-4567";

  @TempDir private Path folder;

  @Test
  void keys_areReadInEachForm() throws Exception {
    Files.writeString(folder.resolve("key"), TWO + "\n");
    Files.writeString(
        folder.resolve("lhttp.yaml"),
        """
        api:
          listen: 9092
          keys:
            one: %1$s
            file: "file:key"
            two: [ three-secret-0123, four-secret-45678 ]
            few: { secret: five-secret-45678, methods: [ publish, history-reset ] }
        """
            .formatted(ONE));
    var application = new ApplicationLoader(folder).load();
    application.scripts().close();
    var api = application.settings().api();

    assertThat(api.listen()).contains(new Listen(Optional.empty(), 9092));
    assertThat(ApiSettings.host(api.listen().orElseThrow())).isEqualTo("127.0.0.1");
    assertThat(api.keys())
        .isEqualTo(
            Map.of(
                "one", new ApiKey(Secrets.of(ONE), Set.of()),
                "file", new ApiKey(Secrets.of(TWO), Set.of()),
                "two", new ApiKey(Secrets.of("three-secret-0123", "four-secret-45678"), Set.of()),
                "few",
                    new ApiKey(
                        Secrets.of("five-secret-45678"),
                        Set.of(Method.PUBLISH, Method.HISTORY_RESET))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ listen: 9092 }|api.listen needs api.keys",
        "{ keys: { a: short } }|api.keys.a: a secret has at least 16 characters",
        "{ keys: { a: 'a secret with spaces' } }|expected ASCII without spaces",
        "{ keys: { a: first-secret-0123, b: first-secret-0123 } }|'a' and 'b' have the same",
        "{ keys: { a: { methods: [ info ] } } }|the key 'secret' is missing",
        "{ keys: { a: { secret: first-secret-0123, methods: [ publsh ] } } }|did you mean"
            + " 'publish'?",
        "{ keys: { a: { secret: first-secret-0123, method: [] } } }|did you mean 'methods'?",
        "{ keys: { a: { secret: first-secret-0123, methods: [] } } }|api.keys.a.methods: expected"
            + " one method at least, such as [ publish ], not an empty list",
        "{ keys: { a: { secret: first-secret-0123, methods: } } }|api.keys.a.methods: expected one"
            + " method at least",
        "{ keys: [ first-secret-0123 ] }|api.keys: expected keys with values, not a list",
        "{ keys: { a: [ a-secret-of-01234, b-secret-of-01234, c-secret-of-01234 ] } }|two",
        "{ listen: nowhere, keys: { a: first-secret-0123 } }|expected a port or HOST:PORT",
      })
  void wrongKey_isReportedWithoutSecret(String api, String message) throws Exception {
    assertThat(new SettingsCheck(folder, Map.of()).problems("api: " + api + "\n"))
        .singleElement()
        .asString()
        .startsWith("lhttp.yaml:1:")
        .contains(message)
        .doesNotContain(ONE);
  }

  @Test
  void secretOfTwoKeys_isReportedAtTheSecond() throws Exception {
    assertThat(
            new SettingsCheck(folder, Map.of())
                .problems(
                    """
                    api:
                      listen: 9092
                      keys:
                        a: %1$s
                        b: { secret: %1$s, methods: [ info ] }
                    """
                        .formatted(ONE)))
        .singleElement()
        .asString()
        .startsWith("lhttp.yaml:5:5: api.keys: 'a' and 'b' have the same secret");
  }
}
