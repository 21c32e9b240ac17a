package io.lhttp.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The nearest known name is guessed by the number of edits. */
class NearestTest {
  @ParameterizedTest
  @CsvSource({"lsiten, listen", "chains, chain", "NOSHOUTING, chain|none", "limit, limits"})
  void nearest_isFoundOnlyIfNear(String name, String expected) {
    var nearest = Nearest.to(name, List.of("listen", "chain", "limits"));

    assertThat(nearest.orElse("chain|none")).isEqualTo(expected);
  }
}
