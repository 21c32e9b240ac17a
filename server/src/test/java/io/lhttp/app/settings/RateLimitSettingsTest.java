package io.lhttp.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.SettingsCheck;
import io.lhttp.filters.ratelimit.RateLimitFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The settings of {@code rate-limit} are read, and each wrong one is reported with its position.
 */
class RateLimitSettingsTest {
  @TempDir private Path folder;

  @Test
  void settings_withEachKey_makeFilter() throws Exception {
    var filter =
        written()
            .filter(
                """
                chain:
                  - rate-limit:
                      per: connection
                      rate: 100/s
                      burst: 200
                      commands: [ chat, upload ]
                      limits:
                        - { per: user+command, rate: 1000/10s }
                        - { per: channel, rate: 5/m, burst: 10 }
                      refusals: 50
                      keys: 10_000
                      newcomers: 100/s
                """);

    assertThat(filter).isInstanceOf(RateLimitFilter.class);
  }

  /** A mark shows the place of the error; without one, the place is that of the whole value. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "rate: ^fast | rate-limit.rate: expected a rate such as 100/s, 5/m or 1000/10s, not 'fast'",
        "rate: ^0/s | rate-limit.rate: expected a rate such as 100/s, 5/m or 1000/10s, not '0/s'",
        "rate: ^[ 1/s ] | rate-limit.rate: expected a text, not a list",
        "rate: 1/s, per: ^everybody | rate-limit.per: expected one of connection, user, address,"
            + " command, channel, or several with + between, not 'everybody'",
        "rate: 1/s, burst: ^many | rate-limit.burst: expected a whole number, not 'many'",
        "rate: 1/s, ^brust: 5 | unknown key 'rate-limit.brust', did you mean 'burst'?",
        "rate: 1/s, commands: ^chat | rate-limit.commands: expected a list, not 'chat'",
        "rate: 1/s, keys: 0 | rate-limit: refusals and keys have to be positive",
        "rate: 1/s, newcomers: ^none | rate-limit.newcomers: expected a rate such as 100/s",
        "limits: ^{ rate: 1/s } | rate-limit.limits: expected a list, not keys with values",
        "limits: [ ^{ rate: 1/s } ] | rate-limit.limits[0]: the key 'per' is missing",
        "limits: [ ^{ per: user, rate: 1/s, burst: 0 } ] | rate-limit.limits[0]: burst has to be"
            + " positive: 0",
        "limits: [ { per: user, ^rat: 1/s, rate: 1/s } ] | unknown key 'rate-limit.limits[0].rat',"
            + " did you mean 'rate'?",
      })
  void wrongSetting_isReportedWithPositionAndExpectation(String marked, String expected)
      throws IOException {
    assertThat(written().problems("rate-limit", marked))
        .singleElement()
        .asString()
        .startsWith(SettingsCheck.place("rate-limit", marked) + expected);
  }

  @Test
  void settings_withoutRate_areRefused() throws IOException {
    assertThat(written().problems("chain:\n  - rate-limit\n"))
        .containsExactly(
            "lhttp.yaml:2:5: RateLimitFilter: expected a rate such as { per: connection, rate:"
                + " 100/s }, or limits");
    assertThat(written().problems("chain:\n  - rate-limit: { per: user, limits: [] }\n"))
        .singleElement()
        .asString()
        .startsWith("lhttp.yaml:2:5: RateLimitFilter: expected a rate such as");
  }

  private SettingsCheck written() {
    return new SettingsCheck(folder, Map.of());
  }
}
