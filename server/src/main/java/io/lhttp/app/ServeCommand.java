package io.lhttp.app;

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
final class ServeCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private final ServerOptions options = new ServerOptions();

  ServeCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Exception {
    return new ServerRun(Mode.SERVE, options, OptionalInt.empty(), output.out()).call();
  }
}
