package io.lhttp.app.upgrade;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The server of the last state: that of the newest tag of a release, or, without a tag, of the
 * recorded commit. It is compiled once from git's history, against the libraries of today.
 */
final class PreviousServer {
  private static final List<String> MODULES =
      List.of(
          "framework",
          "filters",
          "brokers",
          "scripts",
          "clients/java",
          "clients/js",
          "server",
          "testing");

  private final String commit;
  private final Path folder;
  private final List<Path> libraries;

  private PreviousServer(String commit, Path folder, List<Path> libraries) {
    this.commit = commit;
    this.folder = folder;
    this.libraries = libraries;
  }

  /**
   * Returns the server of the last state; empty if this checkout has no history of it.
   *
   * @param home the root of the checkout
   * @param cache a folder for compiled classes, which later runs use again
   */
  static Optional<PreviousServer> of(Path home, Path cache) throws Exception {
    var commit = commit(home);
    if (commit.isEmpty()) {
      return Optional.empty();
    }
    var folder = cache.resolve(commit.get());
    var server = new PreviousServer(commit.get(), folder, libraries());
    if (!Files.exists(folder.resolve("complete"))) {
      server.compile(home);
      Files.writeString(folder.resolve("complete"), "");
    }
    return Optional.of(server);
  }

  /** The text that explains why a checkout has no such server. */
  static String missing() {
    return "missing program: the server of the last state, whose commit this checkout's history"
        + " lacks; git fetch --unshallow brings it";
  }

  String commit() {
    return commit;
  }

  /** The class path of the server, with today's libraries. */
  String classPath() {
    return Stream.concat(Stream.of(classes()), libraries.stream())
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private Path classes() {
    return folder.resolve("classes");
  }

  private static Optional<String> commit(Path home) throws Exception {
    var tag = git(home, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD");
    var name =
        tag.orElse(read(PreviousServer.class.getResourceAsStream("previous-commit.txt")).strip());
    return git(home, "rev-parse", "--verify", "--quiet", name + "^{commit}");
  }

  private static String read(@Nullable InputStream resource) throws IOException {
    try (var in = Objects.requireNonNull(resource)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  /** Returns the output of git; empty if it fails or is not installed. */
  private static Optional<String> git(Path home, String... arguments) throws Exception {
    var command = new ArrayList<>(List.of("git", "-C", home.toString()));
    command.addAll(List.of(arguments));
    try {
      var process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      var output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
      return process.waitFor() == 0 ? Optional.of(output) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** This process' libraries, without the modules of this project. */
  private static List<Path> libraries() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(Files::isRegularFile)
        .filter(jar -> !jar.getFileName().toString().startsWith("lhttp-"))
        .toList();
  }

  private void compile(Path home) throws Exception {
    var sources = folder.resolve("sources");
    Files.createDirectories(sources);
    Files.createDirectories(classes());
    var archive = folder.resolve("sources.zip");
    var command =
        new ArrayList<>(List.of("archive", "--format=zip", "-o", archive.toString(), commit));
    command.addAll(MODULES);
    if (git(home, command.toArray(String[]::new)).isEmpty()) {
      throw new IOException("git can't read the sources of " + commit);
    }
    unpack(archive, sources);
    var all = new ArrayList<String>();
    for (var file : files(sources)) {
      var name = sources.relativize(file).toString();
      var resources = name.indexOf("src/main/resources/");
      if (name.contains("src/main/java/") && name.endsWith(".java")) {
        all.add(file.toString());
      } else if (resources >= 0) {
        copy(file, classes().resolve(name.substring(resources + "src/main/resources/".length())));
      } else if (name.equals("clients/js/lhttp.js")) {
        copy(file, classes().resolve("io/lhttp/app/lhttp.js"));
      }
    }
    var arguments =
        new ArrayList<>(
            List.of(
                "-nowarn",
                "-proc:none",
                "-parameters",
                "-d",
                classes().toString(),
                "-cp",
                libraries.stream()
                    .map(Path::toString)
                    .collect(Collectors.joining(File.pathSeparator))));
    arguments.addAll(all);
    var errors = new ByteArrayOutputStream();
    var failed =
        ToolProvider.getSystemJavaCompiler()
            .run(null, errors, errors, arguments.toArray(String[]::new));
    if (failed != 0) {
      throw new IOException(
          "the sources of %s do not compile: %s".formatted(commit, errors.toString(UTF_8)));
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void unpack(Path archive, Path to) throws IOException {
    try (var zip = new ZipFile(archive.toFile())) {
      for (var entry : Collections.list(zip.entries())) {
        if (!entry.isDirectory()) {
          var file = to.resolve(entry.getName());
          Files.createDirectories(file.getParent());
          try (var in = zip.getInputStream(entry)) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
    }
  }
}
