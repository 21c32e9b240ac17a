package io.lhttp.app.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "completion",
    description = {
      "Print a script with which bash and zsh complete commands, options and files.",
      "In ~/.bashrc or ~/.zshrc: source <(lhttp completion)"
    })
public final class CompletionCommand implements Callable<Integer> {
  private final Output output;

  @Spec private @Nullable CommandSpec spec;

  public CompletionCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    var all = Objects.requireNonNull(Objects.requireNonNull(spec).parent()).commandLine();
    output.out().print(AutoComplete.bash(all.getCommandName(), all));
    output.out().flush();
    return 0;
  }
}
