package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reloads under load lose, repeat and mix no message; {@code -Dlhttp.reloads=1000} runs the long
 * version, see {@code docs/reload.md}.
 */
class ReloadsUnderLoadTest {
  private static final int RELOADS = Integer.getInteger("lhttp.reloads", 60);

  @TempDir private Path folder;

  @Test
  void reloadsUnderLoad_loseRepeatAndMixNoMessage() throws Exception {
    var result = new ReloadLoad(folder, 8).run(RELOADS, System.out::println);

    assertThat(result.wrong()).isEmpty();
    assertThat(result.refused()).isEqualTo(RELOADS / 5);
    assertThat(result.swapped()).isEqualTo(RELOADS - RELOADS / 5);
    assertThat(result.messages()).isPositive();
  }
}
