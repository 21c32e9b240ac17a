package io.lhttp.app.cli;

import io.lhttp.app.run.ServerOptions;
import io.lhttp.app.run.ServerRun;
import io.lhttp.app.settings.Mode;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "serve",
    description = {
      "Run an application for production, on all interfaces.",
      "SIGTERM drains: clients are asked to come back, and the process ends with 0."
    })
public final class ServeCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private final ServerOptions options = new ServerOptions();

  public ServeCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Exception {
    return new ServerRun(Mode.SERVE, options, OptionalInt.empty(), output.out()).call();
  }
}
