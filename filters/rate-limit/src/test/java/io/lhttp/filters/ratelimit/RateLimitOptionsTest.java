package io.lhttp.filters.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The builder of {@code RateLimitOptions} takes each option and rejects wrong values. */
class RateLimitOptionsTest {
  @Test
  void builder_unchanged_hasDefaultsOfConfiguration() {
    assertThat(RateLimitOptions.builder().build()).isEqualTo(new RateLimitOptions());
  }

  @Test
  void builder_eachOption_isTaken() {
    var limit = Limit.of("user", "1/s");
    var options =
        RateLimitOptions.builder()
            .limits(limit)
            .refusals(1)
            .keys(2)
            .newcomers(Rate.parse("3/s"))
            .build();

    assertThat(options)
        .isEqualTo(
            new RateLimitOptions(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(limit),
                1,
                2,
                Rate.parse("3/s")));
  }

  @Test
  void toBuilder_unchanged_keepsSingleLimit() {
    var options =
        new RateLimitOptions(
            Optional.of(KeyParts.parse("user")),
            Optional.of(Rate.parse("1/s")),
            Optional.of(2),
            List.of("chat"),
            List.of(),
            3,
            4,
            Rate.parse("5/s"));

    assertThat(options.toBuilder().build()).isEqualTo(options);
  }

  @Test
  void build_wrongOption_isNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RateLimitOptions.builder().keys(0).build())
        .withMessageContaining("keys");
  }
}
