package io.lhttp.app;

import io.lhttp.app.cli.CheckCommand;
import io.lhttp.app.cli.CompletionCommand;
import io.lhttp.app.cli.DevCommand;
import io.lhttp.app.cli.HelpCommand;
import io.lhttp.app.cli.IdeCommand;
import io.lhttp.app.cli.NewCommand;
import io.lhttp.app.cli.Output;
import io.lhttp.app.cli.ServeCommand;
import io.lhttp.app.cli.TestCommand;
import io.lhttp.app.cli.UsageError;
import io.lhttp.app.cli.Version;
import io.lhttp.app.cli.client.ApiCommand;
import io.lhttp.app.cli.client.ConnectCommand;
import io.lhttp.app.cli.client.PublishCommand;
import io.lhttp.app.run.ExitDeadline;
import io.lhttp.app.run.Failure;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The entry point of the command line. Exit codes: 0 success, 1 failure, 2 wrong usage. */
@Command(
    name = "lhttp",
    description = "A server for long-lived connections.",
    versionProvider = Version.class,
    footer = "In a checkout, ./lhttp also has the commands install and package.",
    synopsisSubcommandLabel = "COMMAND")
public final class Main implements Callable<Integer> {
  private final Output output;

  @SuppressWarnings("unused") // picocli prints the help
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  private boolean help;

  @SuppressWarnings("unused") // picocli prints the version
  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  private boolean version;

  private Main(Output output) {
    this.output = output;
  }

  public static void main(String[] arguments) {
    var out = new PrintWriter(System.out, true, System.out.charset());
    var err = new PrintWriter(System.err, true, System.err.charset());
    int code;
    try {
      code = run(new Output(out, err), arguments);
    } catch (OutOfMemoryError e) {
      code = Failure.print(e, err);
    }
    ExitDeadline.exit(code);
  }

  /** Runs one command and returns its exit code. */
  public static int run(Output output, String... arguments) {
    var server = arguments.length == 0 ? Optional.empty() : server(arguments[0], output);
    if (server.isEmpty()) {
      return run(commands(output), UsageError::print, output, arguments);
    }
    // The parser with all commands is only built after a mistake, because building it takes a tenth
    // of a server's start.
    return run(
        new CommandLine(new Main(output)).addSubcommand(server.get()),
        (_, _) -> run(commands(output), UsageError::print, output, arguments),
        output,
        arguments);
  }

  private static int run(
      CommandLine commands,
      IParameterExceptionHandler mistakes,
      Output output,
      String... arguments) {
    return commands
        .setOut(output.out())
        .setErr(output.err())
        .setParameterExceptionHandler(mistakes)
        .setExecutionExceptionHandler(Failure::print)
        .execute(arguments);
  }

  /**
   * Returns the command if it starts a server. It is parsed without the other commands, so that the
   * server starts faster.
   */
  private static Optional<Object> server(String name, Output output) {
    return switch (name) {
      case "dev" -> Optional.of(new DevCommand(output));
      case "serve" -> Optional.of(new ServeCommand(output));
      default -> Optional.empty();
    };
  }

  /** Returns the parser of all commands. */
  static CommandLine commands(Output output) {
    return new CommandLine(new Main(output))
        .addSubcommand(new DevCommand(output))
        .addSubcommand(new ServeCommand(output))
        .addSubcommand(new CheckCommand(output))
        .addSubcommand(new TestCommand(output))
        .addSubcommand(new NewCommand(output))
        .addSubcommand(new IdeCommand(output))
        .addSubcommand(new ConnectCommand(output))
        .addSubcommand(new PublishCommand(output))
        .addSubcommand(new ApiCommand(output))
        .addSubcommand(new CompletionCommand(output))
        .addSubcommand(new HelpCommand(output));
  }

  @Override
  public Integer call() {
    commands(output).usage(output.err());
    return CommandLine.ExitCode.USAGE;
  }
}
