package io.lhttp.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
    name = "test",
    description = {
      "Run the project's own tests.",
      "The launcher ./lhttp does that, with Maven, from a checkout."
    })
final class TestCommand implements Callable<Integer> {
  @Override
  public Integer call() throws Failure {
    throw new Failure("only ./lhttp in a checkout runs the project's tests");
  }
}
