package io.lhttp.app.cli;

import io.lhttp.app.debug.Debugger;
import io.lhttp.app.run.Failure;
import io.lhttp.app.run.ServerOptions;
import io.lhttp.app.run.ServerRun;
import io.lhttp.app.settings.Mode;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "dev",
    description = "Run an application for its developer: for this machine alone, quick to stop.")
public final class DevCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private final ServerOptions options = new ServerOptions();

  @Option(
      names = "--inspect",
      arity = "0..1",
      fallbackValue = "9229",
      preprocessor = OptionalPort.class,
      paramLabel = "PORT",
      description = {
        "Let Chrome's DevTools debug the scripts, from this machine alone;",
        "at port 9229 if none is named, 0 picks a free one."
      })
  private @Nullable Integer inspect;

  @Option(
      names = "--debug",
      arity = "0..1",
      fallbackValue = "" + Debugger.DEFAULT_PORT,
      preprocessor = OptionalPort.class,
      paramLabel = "PORT",
      description = {
        "Let an IDE debug the Java code, from this machine alone;",
        "at port 5005 if none is named, 0 picks a free one."
      })
  private @Nullable Integer debug;

  @Option(
      names = "--with-parent",
      description = "End when the process ends that has started this one, such as Maven.")
  private boolean withParent;

  public DevCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Exception {
    if (debug != null && !Debugger.ofThisJvm().present()) {
      throw new Failure(
          "can't debug: the JVM has to be started for that, as ./lhttp dev DIR --debug does; java"
              + " itself needs -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:"
              + debug);
    }
    var port = inspect == null ? OptionalInt.empty() : OptionalInt.of(inspect);
    return new ServerRun(Mode.DEV, options, port, output.out())
        .endWith(withParent ? ProcessHandle.current().parent() : Optional.empty())
        .call();
  }
}
