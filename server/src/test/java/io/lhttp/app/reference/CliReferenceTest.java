package io.lhttp.app.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.Commands;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code docs/cli.md} has all commands with their options. */
class CliReferenceTest {
  private static final ReferencePage page = new ReferencePage("docs/cli.md");

  @Test
  void commands_matchCode() throws IOException {
    page.requireParts(part ->
        switch (part) {
          case "commands" ->
              specs().map(CliReferenceTest::section).collect(Collectors.joining("\n\n"));
          default -> throw new AssertionError("no such part: " + part);
        });
    assertThat(page.parts()).containsExactly("commands");
  }

  @Test
  void examples_parse() throws IOException {
    var examples =
        Markdown.blocks(page.text(), "sh").stream()
            .flatMap(String::lines)
            .filter(line -> line.startsWith("lhttp "))
            .toList();
    assertThat(examples).hasSizeGreaterThan(3);
    for (var example : examples) {
      var words = example.replaceFirst("\\s+#.*", "").replace("'", "").split(" +", -1);
      assertThat(Commands.all().parseArgs(Arrays.copyOfRange(words, 1, words.length)).errors())
          .as(example)
          .isEmpty();
    }
  }

  private static Stream<CommandSpec> specs() {
    return Commands.all().getSubcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .distinct();
  }

  private static String section(CommandSpec spec) {
    var arguments =
        Stream.concat(
                spec.positionalParameters().stream(),
                spec.options().stream().filter(option -> !option.usageHelp()))
            .filter(argument -> !argument.hidden())
            .map(CliReferenceTest::row)
            .toList();
    var usage =
        spec.positionalParameters().stream()
            .map(argument ->
                argument.arity().min() == 0
                    ? " [" + argument.paramLabel() + "]"
                    : " " + argument.paramLabel())
            .collect(Collectors.joining());
    return "## `lhttp %s%s`\n\n%s%s"
        .formatted(
            spec.name(),
            usage,
            text(spec.usageMessage().description()),
            arguments.isEmpty()
                ? ""
                : "\n\n| argument or option | meaning |\n| --- | --- |\n"
                    + String.join("\n", arguments));
  }

  private static String row(ArgSpec argument) {
    return "| %s | %s |"
        .formatted(name(argument), text(argument.description()).replace("|", "\\|"));
  }

  private static String name(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option)) {
      return "`" + argument.paramLabel() + "`";
    }
    var value = option.paramLabel().replace("|", "\\|");
    var label =
        option.arity().max() == 0
            ? ""
            : option.arity().min() == 0 ? "[=" + value + "]" : " " + value;
    return List.of(option.names()).stream()
        .map(name -> "`" + name + label + "`")
        .collect(Collectors.joining(", "));
  }

  private static String text(String[] lines) {
    return String.join(" ", lines).replace("%n", " ").replace("%%", "%");
  }
}
