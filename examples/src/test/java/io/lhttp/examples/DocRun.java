package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs the blocks of one page, one after the other, in a folder of their own. It writes each file
 * where the page says, and runs each command. A server that the page starts runs until the page
 * ends.
 */
final class DocRun implements AutoCloseable {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+)}");
  private static final Pattern REFUSED = Pattern.compile("#\\s*refused: (.+)$");
  private static final String SOME_SECRET = "0123456789abcdef0123456789abcdef";

  private final Path folder;
  private @Nullable AppProcess server;

  DocRun(Path folder) throws IOException {
    this.folder = folder;
    Files.createSymbolicLink(folder.resolve("examples"), AppProcess.HOME.resolve("examples"));
    var launcher = folder.resolve("lhttp");
    var words =
        CommandRun.commandLine().stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    Files.writeString(launcher, "#!/bin/sh\nexec " + words + " \"$@\"\n");
    assertThat(launcher.toFile().setExecutable(true)).isTrue();
  }

  void run(DocBlock block) throws Exception {
    if (block.note().isPresent()) {
      check(block.note().get());
      return;
    }
    switch (block.language()) {
      case "sh" -> commands(block.text());
      case "yaml" -> settings(block);
      case "js", "ts" -> script(block);
      case "java" -> compiled(block);
      case "xml" -> dependency(block.text());
      case "" -> shown(block.text());
      default -> throw new AssertionError(unknown(block));
    }
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
    }
  }

  /** Requires that a reason is not empty, and that a named test exists. */
  private static void check(String note) {
    if (note.startsWith("run by: ")) {
      assertThat(NamedTest.in(note)).as(note).isNotEmpty().allMatch(NamedTest::exists);
    } else {
      assertThat(note.split(" ", -1)).as("a reason: " + note).hasSizeGreaterThan(4);
    }
  }

  private void commands(String text) throws Exception {
    for (var line : text.lines().filter(line -> !line.isBlank()).toList()) {
      assertThat(line).as("what this test can run").startsWith("./lhttp ");
      if (line.startsWith("./lhttp dev ") || line.startsWith("./lhttp serve ")) {
        close();
        server = AppProcess.dev(folder, line.split(" +", -1)[2]);
        continue;
      }
      var refused = REFUSED.matcher(line);
      var run = CommandRun.in(folder, List.of("sh", "-c", here(line)));
      if (refused.find()) {
        assertThat(run.exitCode()).as(line + "\n" + run.output()).isEqualTo(1);
        assertThat(run.output()).as(line).contains(refused.group(1));
      } else {
        assertThat(run.exitCode()).as(line + "\n" + run.output()).isZero();
      }
    }
  }

  private String here(String line) {
    if (!line.contains("localhost:8081")) {
      return line;
    }
    assertThat(server).as("a server that the page has started, for: " + line).isNotNull();
    return line.replace(
        "localhost:8081", "127.0.0.1:" + Objects.requireNonNull(server).uri().getPort());
  }

  /**
   * Requires that the settings on a page form an application, with the files that the page has
   * written so far.
   */
  private void settings(DocBlock block) throws Exception {
    var application =
        block.file().isPresent()
            ? Objects.requireNonNull(write(block).getParent())
            : Files.createTempDirectory(folder, "settings");
    if (block.file().isEmpty()) {
      Files.writeString(application.resolve("lhttp.yaml"), block.text());
    }
    var command = new ArrayList<String>(List.of("env"));
    VARIABLE
        .matcher(block.text())
        .results()
        .forEach(variable -> command.add(variable.group(1) + "=" + SOME_SECRET));
    command.addAll(CommandRun.commandLine("check", application.toString()));
    var run = CommandRun.in(folder, command);
    assertThat(run.exitCode()).as(run.output()).isZero();
  }

  /** Writes a script into the application, for the settings and commands that follow. */
  private void script(DocBlock block) throws IOException {
    assertThat(block.file()).as("the paragraph before names the script's file").isPresent();
    write(block);
  }

  private void compiled(DocBlock block) throws Exception {
    if (block.file().isEmpty()) {
      var main = Files.createTempDirectory(folder, "sources").resolve("Main.java");
      DocJava.compile(Files.writeString(main, block.text()));
      return;
    }
    DocJava.compile(write(block), application(block));
  }

  /** The application's folder: one that a command has created, or else one for each section. */
  private Path application(DocBlock block) {
    var first = Path.of(block.file().orElseThrow()).getName(0);
    return Files.isDirectory(folder.resolve(first))
        ? folder.resolve(first)
        : folder.resolve("section-" + block.section());
  }

  private Path write(DocBlock block) throws IOException {
    var name = block.file().orElseThrow();
    var application = application(block);
    var root = application.endsWith(Path.of(name).getName(0)) ? folder : application;
    var file = root.resolve(name).normalize();
    assertThat(file.startsWith(folder)).as("%s stays in its folder", name).isTrue();
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    return Files.writeString(file, block.text());
  }

  /** Requires that a dependency on one of this project's modules names the current version. */
  private static void dependency(String text) throws IOException {
    var version = first("<artifactId>lhttp</artifactId>\\s*<version>([^<]+)</version>", pom(""));
    assertThat(first("<version>([^<]+)</version>", text)).isEqualTo(version);
    var artifact = first("<artifactId>([^<]+)</artifactId>", text).orElseThrow();
    assertThat(pom("bom")).contains("<artifactId>" + artifact + "</artifactId>");
  }

  private static String pom(String module) throws IOException {
    return Files.readString(AppProcess.HOME.resolve(module).resolve("pom.xml"));
  }

  private static Optional<String> first(String pattern, String text) {
    var found = Pattern.compile(pattern).matcher(text);
    return found.find() ? Optional.of(found.group(1)) : Optional.empty();
  }

  /**
   * Requires that a block is a valid message, or consists of lines that the server prints from here
   * on.
   */
  private void shown(String text) throws Exception {
    if (text.startsWith("LHTTP/1.0 ")) {
      message(text);
      return;
    }
    assertThat(server).as("a message, or a server that the page has started").isNotNull();
    for (var line : text.lines().toList()) {
      // the server may see an earlier change of the page together with this one
      Objects.requireNonNull(server).await(line.replace(" ms: ", " ms: …"));
    }
  }

  /** Parses a message as the page shows it, whose head has the page's line ends. */
  private static void message(String text) throws Exception {
    var end = text.indexOf("\n\n");
    var head = (end < 0 ? text.stripTrailing() : text.substring(0, end)).replace("\n", "\r\n");
    var body = end < 0 ? "" : text.substring(end + 2).stripTrailing();
    var bytes = (head + "\r\n\r\n" + body).getBytes(StandardCharsets.UTF_8);
    MessageReader.DEFAULT.read(bytes, Message.Format.TEXT);
  }

  private static String unknown(DocBlock block) {
    return "line "
        + block.line()
        + ": blocks of '"
        + block.language()
        + "' can't be run; say why before it: <!-- not run: REASON -->, or <!-- run by: `TEST` -->";
  }
}
