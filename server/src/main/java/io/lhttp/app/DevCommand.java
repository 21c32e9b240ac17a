package io.lhttp.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "dev",
    description = "Run an application for its developer: for this machine alone, quick to stop.")
final class DevCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private final ServerOptions options = new ServerOptions();

  DevCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Exception {
    return new ServerRun(Mode.DEV, options, output.out()).call();
  }
}
