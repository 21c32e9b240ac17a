package io.lhttp.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A command that has ended: its exit code and its output. */
record CommandRun(int exitCode, String output) {
  /** Runs the command line of the server in a process of its own. */
  static CommandRun lhttp(String... arguments) throws IOException, InterruptedException {
    return in(AppProcess.HOME, commandLine(arguments));
  }

  /**
   * Returns the command that starts the server from the tested classes, as {@code ./lhttp} starts
   * it.
   */
  static List<String> commandLine(String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "io.lhttp.app.Main"));
    command.addAll(List.of(arguments));
    return command;
  }

  static CommandRun in(Path folder, List<String> command) throws IOException, InterruptedException {
    var process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new CommandRun(process.waitFor(), output);
  }
}
