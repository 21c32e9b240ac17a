package io.lhttp.app.cli;

import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Lets an option such as {@code --debug [PORT]} stand before the folder: the word after the option
 * is the port if it is a number, or else the next argument. The launcher, {@code launcher/jvm.sh},
 * has the same rule.
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
