package io.lhttp.app.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command line options of the commands that run an application. */
public final class ServerOptions {
  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = ".",
      description = "The application's folder, with lhttp.yaml in it. Default: this folder")
  Path folder = Path.of("");

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Listen on this port; 0 picks a free one.")
  @Nullable Integer port;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = {
        "Put a value in the place of lhttp.yaml's; may stand several times:",
        "--set limits.message-bytes=1MiB --set chain.rate-limit.rate=5/s"
      })
  List<String> overrides = new ArrayList<>();

  /**
   * How scripts run. This is decided when the JVM starts, so the launcher reads this option, too.
   */
  enum ScriptRuntime {
    compiled,
    interpreted
  }

  @Option(
      names = "--scripts",
      paramLabel = "compiled|interpreted",
      description = "How JavaScript runs; else serve compiles, and dev interprets.")
  @Nullable ScriptRuntime scripts;
}
