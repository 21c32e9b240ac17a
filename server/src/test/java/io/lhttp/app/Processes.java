package io.lhttp.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts commands of this project in processes of their own, which end with their test. */
public final class Processes implements AutoCloseable {
  public static final int PATIENCE_SECONDS = 60;
  private static final String LISTENING = "listening on ";

  /** Begins a command that reacts to signals, even if this process ignores them. */
  static final List<String> SIGNALS_RESTORED = restoringSignals();

  private final List<Process> all = new ArrayList<>();

  /** Starts the command line from the tested classes. */
  public Process lhttp(List<String> arguments) throws IOException {
    return lhttp(List.of(), arguments);
  }

  /** Starts the command line with further options of the JVM. */
  public Process lhttp(List<String> options, List<String> arguments) throws IOException {
    return start(new ProcessBuilder(command(options, arguments)));
  }

  /** Starts {@code serve} on free ports, with further arguments. */
  public Process serve(Path folder, String... more) throws IOException {
    var arguments =
        new ArrayList<>(
            List.of("serve", folder.toString(), "--port", "0", "--set", "admin=127.0.0.1:0"));
    arguments.addAll(List.of(more));
    return lhttp(arguments);
  }

  /**
   * Returns the command that {@link #lhttp} runs. A process ignores the signals that its parent
   * ignores, as {@code nohup} and a shell's background jobs do; {@code env} restores their default.
   */
  public static List<String> command(List<String> arguments) {
    return command(List.of(), arguments);
  }

  private static List<String> command(List<String> options, List<String> arguments) {
    var command = new ArrayList<>(SIGNALS_RESTORED);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1", // such a process ends before the second compiler pays
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(opened());
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.lhttp.app.Main"));
    command.addAll(arguments);
    return command;
  }

  /** The options with which this process opens modules of the JDK. */
  static List<String> opened() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> option.startsWith("--add-"))
        .toList();
  }

  /** Starts the command line in a process whose parent ignores a signal. */
  public Process ignoring(String signal, List<String> arguments) throws IOException {
    var command = new ArrayList<>(SIGNALS_RESTORED);
    command.addAll(List.of("sh", "-c", "trap '' " + signal + "; exec \"$@\"", "sh"));
    command.addAll(command(arguments).subList(SIGNALS_RESTORED.size(), command(arguments).size()));
    return start(new ProcessBuilder(command));
  }

  private static List<String> restoringSignals() {
    var env = List.of("env", "--default-signal=HUP,INT,TERM");
    var trial = new ArrayList<>(env);
    trial.add("true");
    try {
      var process = new ProcessBuilder(trial).redirectErrorStream(true).start();
      return process.waitFor() == 0 ? env : List.of();
    } catch (IOException e) {
      // this env has no such option, so the signals stay as the parent has set them
      return List.of();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public Process start(ProcessBuilder builder) throws IOException {
    var process = builder.start();
    all.add(process);
    return process;
  }

  /**
   * Reads the output until the line that says that the server accepts connections. Returns the
   * address.
   */
  public static URI listening(Process process) throws IOException {
    return listening(process, new ArrayList<>());
  }

  /** As {@link #listening(Process)}, and adds the lines before to a list. */
  public static URI listening(Process process, List<String> lines) throws IOException {
    var output = process.inputReader(UTF_8);
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(LISTENING)) {
        return URI.create(line.substring(LISTENING.length()).replace("localhost", "127.0.0.1"));
      }
      lines.add(line);
    }
    throw new AssertionError(
        "the server did not start: "
            + lines
            + new String(process.getErrorStream().readAllBytes(), UTF_8));
  }

  /** Reads errors until the line with the address of the admin port. Returns the address. */
  public static URI admin(BufferedReader errors) throws IOException {
    return URI.create(line(errors, "admin listening on ").replaceFirst(".*listening on ", ""));
  }

  /** Reads until the next line that contains this text. */
  public static String line(BufferedReader from, String part) throws IOException {
    for (var line = from.readLine(); line != null; line = from.readLine()) {
      if (line.contains(part)) {
        return line;
      }
    }
    throw new AssertionError("no line has " + part);
  }

  public static void signal(Process process, String name) throws Exception {
    var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  public static int exitCode(Process process) throws InterruptedException {
    assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).as("it ended").isTrue();
    return process.exitValue();
  }

  @Override
  public void close() {
    all.forEach(Process::destroyForcibly);
  }
}
