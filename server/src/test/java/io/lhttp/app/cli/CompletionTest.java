package io.lhttp.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.Programs;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The script that {@code lhttp completion} prints completes in real shells. */
class CompletionTest extends CommandFixture {
  /** Completes the last of its arguments as bash does after a tab. */
  private static final String IN_BASH =
      """
      source ./script
      compopt() { :; } # bash has it during a completion only
      spec=$(complete -p lhttp)
      [[ $spec =~ -F\\ ([^ ]+) ]]
      COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
      "${BASH_REMATCH[1]}" lhttp "${@: -1}" "${@: -2:1}"
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  /** Loads the script as ~/.zshrc does, and prints the function that completes lhttp. */
  private static final String IN_ZSH = "source ./script; print -r -- \"$_comps[lhttp]\"";

  @BeforeEach
  void writeScript() throws IOException {
    assertThat(run("completion")).isZero();
    assertThat(err.toString()).isEmpty();
    write("script", out.toString());
    write("my-app/lhttp.yaml", "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lhttp co                  | completion, connect",
        "lhttp serve --sc          | --scripts",
        "lhttp dev --scripts c     | compiled",
        "lhttp check my            | my-app",
        "lhttp connect --sub       | --subscribe",
        "lhttp api hist            | history, history-reset",
      })
  void tabInBash_completes(String line, String words) throws Exception {
    var typed = Stream.of(line.split(" "));
    var script = List.of("bash", "--norc", "-c", IN_BASH, "bash");

    assertThat(output(Stream.concat(script.stream(), typed).toList()).lines())
        .containsExactlyInAnyOrder(words.split(", "));
  }

  @Test
  void script_isLoadedByZsh() throws Exception {
    assertThat(output(List.of("zsh", "-f", "-c", IN_ZSH))).contains("_complete_lhttp");
  }

  /** Runs a program, which the test needs. Returns all that it prints. */
  private String output(List<String> command) throws Exception {
    var program = command.getFirst();
    Assumptions.assumeTrue(Programs.find(program).isPresent(), "missing program: " + program);
    var process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return printed;
  }
}
