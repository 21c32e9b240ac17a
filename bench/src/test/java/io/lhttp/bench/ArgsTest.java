package io.lhttp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arguments of a bench are read, and mistakes are named. */
class ArgsTest {
  @Test
  void parse_wordsAndOptionsMixed_readsBoth() {
    var args =
        Args.parse(List.of("echo", "--rounds", "3", "idle", "--seconds", "0.5"), Load.OPTIONS);
    assertThat(args.words()).containsExactly("echo", "idle");
    assertThat(args.number("rounds", 5, 1, 10)).isEqualTo(3);
    assertThat(args.number("window", 8, 1, 10)).isEqualTo(8);
    assertThat(args.seconds("seconds", 3, 60)).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void parse_unknownOption_namesKnownOnes() {
    assertThatThrownBy(() -> Args.parse(List.of("--round", "3"), Load.OPTIONS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--round,")
        .hasMessageContaining("--rounds");
  }

  @Test
  void parse_optionWithoutValue_isNamed() {
    assertThatThrownBy(() -> Args.parse(List.of("--rounds"), Load.OPTIONS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--rounds wants a value");
  }

  @Test
  void number_outOfBoundsOrNoNumber_throws() {
    var args = Args.parse(List.of("--rounds", "1000", "--window", "many"), Load.OPTIONS);
    assertThatThrownBy(() -> args.number("rounds", 5, 1, 100)).hasMessageContaining("'1000'");
    assertThatThrownBy(() -> args.number("window", 5, 1, 100)).hasMessageContaining("'many'");
  }

  @Test
  void modes_fanout_isBothSizes_noneIsAll() {
    assertThat(Bench.modes(List.of("fanout"))).containsExactly(Mode.FANOUT_100, Mode.FANOUT_1000);
    assertThat(Bench.modes(List.of())).containsExactly(Mode.values());
    assertThatThrownBy(() -> Bench.modes(List.of("fan")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fanout-100");
  }
}
