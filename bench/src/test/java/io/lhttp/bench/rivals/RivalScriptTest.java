package io.lhttp.bench.rivals;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A rival's script starts its server or says what is missing. */
class RivalScriptTest {
  @TempDir Path folder;

  @Test
  void prepare_workingScript_returnsVersion() throws Exception {
    assertThat(script("[ $1 = prepare ] || echo Rival 1.2.3").prepare()).isEqualTo("Rival 1.2.3");
  }

  @Test
  void prepare_failingScript_isMissingWithLastLine() {
    assertThatThrownBy(() -> script("echo first >&2; echo no program bun >&2; exit 1").prepare())
        .isInstanceOf(RivalScript.MissingException.class)
        .hasMessage("no program bun");
  }

  @Test
  void prepare_silentScript_isMissing() {
    assertThatThrownBy(() -> script("exit 3").prepare())
        .isInstanceOf(RivalScript.MissingException.class);
  }

  @ParameterizedTest
  @EnumSource(Contestant.class)
  void everyRival_hasAScriptInItsFolder(Contestant contestant) {
    var script = Path.of("..", "bench", "rivals", contestant.label, "run");
    assertThat(Files.isRegularFile(script)).isEqualTo(!contestant.isHere());
  }

  @Test
  void named_unknownServer_listsKnownServers() {
    assertThat(Contestant.named("ws, bun")).containsExactly(Contestant.WS, Contestant.BUN);
    assertThatThrownBy(() -> Contestant.named("ws,iis"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'iis'")
        .hasMessageContaining("socket.io");
  }

  private RivalScript script(String content) throws IOException {
    return new RivalScript(Files.writeString(folder.resolve("run"), content + "\n"));
  }
}
