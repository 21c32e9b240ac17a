package io.lhttp.app.cli;

import io.lhttp.app.config.SecretMask;
import io.lhttp.app.logging.Printable;
import io.lhttp.internal.text.Nearest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Formats an error of the command line in one line. For a misspelt name it suggests the nearest
 * valid one.
 */
public final class UsageError {
  private UsageError() {}

  public static int print(ParameterException e, String[] arguments) {
    var command = e.getCommandLine();
    var name = command.getCommandSpec().qualifiedName();
    command.getErr().println(Printable.of(name + ": " + reason(e), 500));
    return ExitCode.USAGE;
  }

  private static String reason(ParameterException e) {
    var command = e.getCommandLine();
    var spec = command.getCommandSpec();
    return switch (e) {
      case UnmatchedArgumentException unmatched -> {
        var argument = unmatched.getUnmatched().getFirst();
        if (argument.startsWith("-")) {
          var option = argument.replaceFirst("(?s)=.*", "");
          yield "unknown option '%s'%s"
              .formatted(
                  SecretMask.word(option, spec.optionsMap().keySet()),
                  owner(command, option)
                      .map(owner -> ", it is one of '" + owner + "'")
                      .orElseGet(
                          () -> Nearest.hint(option, List.copyOf(spec.optionsMap().keySet()))));
        }
        var commands = command.getSubcommands().keySet();
        yield commands.isEmpty()
            ? "one argument too many: '%s'; see %s --help"
                .formatted(SecretMask.word(argument), spec.qualifiedName())
            : "unknown command '%s'%s"
                .formatted(SecretMask.word(argument, commands), Nearest.hint(argument, commands));
      }
      case MissingParameterException missing ->
          "%s is missing; see %s --help"
              .formatted(
                  String.join(
                      " and ", missing.getMissing().stream().map(UsageError::label).toList()),
                  spec.qualifiedName());
      default -> SecretMask.sentence(String.valueOf(e.getMessage()));
    };
  }

  /** Finds another command that has this option, for a hint to the user. */
  private static Optional<String> owner(CommandLine command, String option) {
    return Optional.ofNullable(command.getParent()).stream()
        .flatMap(parent ->
            Stream.concat(
                parent.getSubcommands().entrySet().stream(),
                Stream.of(Map.entry(parent.getCommandName(), parent))))
        .filter(other -> other.getValue().getCommandSpec().optionsMap().containsKey(option))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static String label(ArgSpec argument) {
    return argument.isOption() && argument instanceof CommandLine.Model.OptionSpec option
        ? option.longestName()
        : argument.paramLabel();
  }
}
