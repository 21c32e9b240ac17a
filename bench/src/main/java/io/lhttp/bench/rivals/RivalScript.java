package io.lhttp.bench.rivals;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A rival's folder: its script fetches the pinned version, prints it and starts it. */
public record RivalScript(Path script) {
  private static final long PREPARE_MINUTES = 15;
  private static final long CHANGE_SECONDS = 30;
  private static final Path RIVALS = Path.of("bench", "rivals");

  static RivalScript of(Contestant contestant) {
    return in(contestant.label);
  }

  /** The script in this folder of {@code bench/rivals}. */
  public static RivalScript in(String folder) {
    return new RivalScript(RIVALS.resolve(folder).resolve("run").toAbsolutePath());
  }

  /**
   * Fetches and builds the rival if necessary.
   *
   * @return its version, with that of its runtime
   * @throws MissingException with the reason why it is not available
   */
  public String prepare() throws IOException, InterruptedException {
    var errors = Files.createTempFile("lhttp-rival", ".log");
    try {
      var process = builder("prepare").redirectError(errors.toFile()).start();
      process.getInputStream().readAllBytes();
      if (!process.waitFor(PREPARE_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new MissingException("not prepared within %d minutes".formatted(PREPARE_MINUTES));
      }
      if (process.exitValue() != 0) {
        throw new MissingException(lastLine(Files.readString(errors)));
      }
    } finally {
      Files.delete(errors);
    }
    return version();
  }

  private String version() throws IOException, InterruptedException {
    var process = builder("version").redirectError(ProcessBuilder.Redirect.DISCARD).start();
    var version = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    if (process.waitFor() != 0 || version.isEmpty()) {
      throw new MissingException("its version can't be found");
    }
    return version;
  }

  /** Starts the script, which becomes the server and listens on this port of 127.0.0.1. */
  Process start(int port, Path scratch, String... words) throws IOException {
    var line = Stream.of(new String[] {"start", Integer.toString(port), scratch.toString()}, words);
    return builder(line.flatMap(Stream::of).toArray(String[]::new))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /**
   * Changes the rule of a running server to this number.
   *
   * @throws IOException if the script fails or takes too long
   */
  public void change(int port, Path scratch, String word, int number)
      throws IOException, InterruptedException {
    var process =
        builder(
                "change",
                Integer.toString(port),
                scratch.toString(),
                word,
                Integer.toString(number))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(CHANGE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("a change took over %d s".formatted(CHANGE_SECONDS));
    }
    if (process.exitValue() != 0) {
      throw new IOException("a change failed with " + process.exitValue());
    }
  }

  private ProcessBuilder builder(String... words) {
    var line = Stream.concat(Stream.of("sh", script.toString()), Stream.of(words)).toList();
    var builder = new ProcessBuilder(line);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  private static String lastLine(String text) {
    List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
    return lines.isEmpty() ? "its script failed" : lines.getLast();
  }

  /** A rival is not available on this machine. */
  public static final class MissingException extends IOException {
    private static final long serialVersionUID = 1;

    MissingException(String reason) {
      super(reason);
    }
  }
}
