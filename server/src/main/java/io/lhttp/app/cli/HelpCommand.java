package io.lhttp.app.cli;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

@Command(
    name = "help",
    helpCommand = true,
    description = "Show what a command does, or which commands there are.")
public final class HelpCommand implements Callable<Integer> {
  private final Output output;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      paramLabel = "COMMAND",
      arity = "0..1",
      description = "The command, as --help behind it.")
  private @Nullable String command;

  public HelpCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    var all = Objects.requireNonNull(Objects.requireNonNull(spec).parent()).commandLine();
    var shown = command == null ? all : all.getSubcommands().get(command);
    if (shown == null) {
      throw new UnmatchedArgumentException(all, List.of(Objects.requireNonNull(command)));
    }
    shown.usage(output.out());
    return 0;
  }
}
