package io.lhttp.app.cli;

import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Lets an option such as {@code --debug [PORT]} stand before the folder: the next word counts as
 * its port only if the word is a number. The launcher has the same rule.
 */
final class OptionalPort implements IParameterPreprocessor {
  @Override
  @SuppressWarnings("JdkObsolete") // picocli passes a Stack
  public boolean preprocess(
      Stack<String> arguments, CommandSpec command, ArgSpec argument, Map<String, Object> info) {
    var attached = !" ".equals(info.get("separator"));
    if (!attached
        && argument instanceof OptionSpec option
        && (arguments.isEmpty() || !arguments.peek().matches("[0-9]+"))) {
      arguments.push(option.fallbackValue());
    }
    return false;
  }
}
