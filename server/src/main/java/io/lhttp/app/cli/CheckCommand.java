package io.lhttp.app.cli;

import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.run.SlowSteps;
import io.lhttp.app.settings.Mode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "check",
    description =
        "Tell everything that serve would refuse, without serving; exit 1 if there is any.")
public final class CheckCommand implements Callable<Integer> {
  private final Output output;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = ".",
      description = "The application's folder, with lhttp.yaml in it. Default: this folder")
  private Path folder = Path.of("");

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "As for serve.")
  private List<String> overrides = new ArrayList<>();

  public CheckCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Exception {
    try (var steps = SlowSteps.atTerminal(output.err())) {
      return call(steps);
    }
  }

  private int call(SlowSteps steps) throws Exception {
    steps.begin("reading " + folder);
    var application = new ApplicationLoader(folder).overrides(overrides).load();
    steps.begin("making the filters and processors");
    var problems = new ArrayList<Problem>();
    try {
      application.server(Mode.SERVE).check();
    } catch (IOException e) {
      problems.add(new Problem(Place.of("tls"), String.valueOf(e.getMessage())));
    }
    var chain = application.chain();
    var trial =
        new LinkTrial(application.settings().reload().deadline(), output.err()::println, problems);
    try (var _ = application.scripts()) {
      for (var filter : chain.filters()) {
        trial.run(filter.make());
      }
      for (var processor : chain.processors()) {
        trial.run(processor.make());
      }
      for (var filter : application.unused().get()) {
        trial.run(filter);
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
    application.advice().get().forEach(advice -> output.err().println("warning: " + advice));
    application
        .filesInNoChain()
        .get()
        .forEach(file -> output.err().println("warning: " + file + " is in no chain"));
    output
        .out()
        .printf(
            "%s is in order%nchain      %s%ncommands   %s%n",
            folder, application.chainInWords(), application.commandsInWords());
    return 0;
  }
}
