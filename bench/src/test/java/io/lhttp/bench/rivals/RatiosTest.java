package io.lhttp.bench.rivals;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ratios to the floor and the rival show losses of over ten per cent. */
class RatiosTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void reference() throws IOException {
    file = folder.resolve("guard.json");
    Files.writeString(file, "{ \"echo\": { \"floor\": 1.0, \"bun\": 2.0 } }");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1.0, 1.05, 1.0999})
  void losses_atMostTenPercentMore_none(double ours) throws Exception {
    assertThat(echo(ours, 1.0, 1.0).losses(List.of(Traffic.values()))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1.11, 1.5, 20})
  void losses_overTenPercentBesideBoth_namesMode(double more) throws Exception {
    assertThat(echo(2 * more, 2.0, 1.0).losses(List.of(Traffic.values())))
        .containsExactly(Traffic.ECHO);
  }

  @ParameterizedTest
  @CsvSource({"1.5, 1.0, 1.5", "2.3, 2.3, 1.0"})
  void losses_overTenPercentBesideOne_doubtsMode(double ours, double floor, double bun)
      throws Exception {
    var ratios = echo(ours, floor, bun);
    assertThat(ratios.losses(List.of(Traffic.values()))).isEmpty();
    assertThat(ratios.doubts(List.of(Traffic.values()))).containsExactly(Traffic.ECHO);
  }

  @Test
  void losses_oneRoundOfThreeDisturbed_none() throws Exception {
    var ratios = echo(1.0, 1.0, 1.0);
    add(ratios, 9.0, 1.0, 1.0);
    add(ratios, 1.0, 1.0, 1.0);
    assertThat(ratios.losses(List.of(Traffic.ECHO))).isEmpty();
  }

  @Test
  void losses_slowMachineInSomeRounds_comparesWithinRound() throws Exception {
    var ratios = echo(1.0, 1.0, 0.5);
    add(ratios, 7.0, 7.0, 3.5);
    add(ratios, 3.0, 3.0, 1.5);
    assertThat(ratios.comparisons()).extracting(Comparison::median).containsExactly(1.0, 2.0);
    assertThat(ratios.losses(List.of(Traffic.ECHO))).isEmpty();
  }

  @Test
  void losses_modeWithoutReference_none() throws Exception {
    var ratios = new Ratios(References.read(file));
    ratios.add(Traffic.FANOUT_100, Contestant.OURS, 9);
    ratios.add(Traffic.FANOUT_100, Contestant.FLOOR, 1);
    assertThat(ratios.losses(List.of(Traffic.values()))).isEmpty();
    assertThat(ratios.comparisons().getFirst().toString()).contains("none");
  }

  @Test
  void toString_beyondReference_hasReferenceAndShare() throws Exception {
    assertThat(echo(1.2, 1.0, 1.0).comparisons().getFirst().toString())
        .contains("echo", "floor", "1.00", "1.20", "+20 %", "OVER");
  }

  @Test
  void record_newMedians_replaceTheirsAndKeepOthers() throws Exception {
    var ratios = new Ratios(References.read(file));
    ratios.add(Traffic.ECHO, Contestant.OURS, 3);
    ratios.add(Traffic.ECHO, Contestant.FLOOR, 2);
    References.record(ratios.comparisons(), file);
    var written = References.read(file);
    assertThat(written.of("echo", "floor")).contains(1.5);
    assertThat(written.of("echo", "bun")).contains(2.0);
  }

  @Test
  void read_noFile_hasNoReference() throws Exception {
    assertThat(References.read(folder.resolve("none")).of("echo", "floor")).isEmpty();
  }

  @Test
  void read_committedFile_coversEachModeForFloorAndRival() throws Exception {
    var tree = References.read(Path.of("..").resolve(References.FILE));
    for (var traffic : Traffic.guarded()) {
      assertThat(tree.of(traffic.label(), "floor")).isPresent();
      assertThat(tree.of(traffic.label(), "bun")).isPresent();
    }
  }

  private Ratios echo(double ours, double floor, double bun) throws IOException {
    var ratios = new Ratios(References.read(file));
    add(ratios, ours, floor, bun);
    return ratios;
  }

  private static void add(Ratios ratios, double ours, double floor, double bun) {
    ratios.add(Traffic.ECHO, Contestant.OURS, ours);
    ratios.add(Traffic.ECHO, Contestant.FLOOR, floor);
    ratios.add(Traffic.ECHO, Contestant.BUN, bun);
  }
}
