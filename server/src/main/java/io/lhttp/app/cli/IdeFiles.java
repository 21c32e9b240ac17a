package io.lhttp.app.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.assembly.Resources;
import io.lhttp.app.code.CodeFolders;
import io.lhttp.app.code.Hash;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The files by which an IDE opens an application's folder: a Maven project whose sources are in
 * {@code filters/} and {@code processors/}, where the server reads them, and run configurations.
 */
final class IdeFiles {
  static final String POM = "pom.xml";

  /**
   * The folder below {@code filters/} into which Maven copies the dependencies of the application.
   */
  static final String DEPENDENCIES = "dependencies";

  /** The run configurations, which are the same for each application; each has a description. */
  static final List<Template> CONFIGURATIONS =
      List.of(
          new Template(".run/run.run.xml", "new-java/run/run.run.xml", "for IntelliJ: lhttp dev"),
          new Template(
              ".run/debug.run.xml",
              "new-java/run/debug.run.xml",
              "for IntelliJ: lhttp dev --debug"),
          new Template(
              ".run/attach.run.xml", "new-java/run/attach.run.xml", "for IntelliJ: its debugger"),
          new Template(
              ".vscode/tasks.json", "new-java/vscode/tasks.json", "for VS Code: lhttp dev"),
          new Template(
              ".vscode/launch.json", "new-java/vscode/launch.json", "for VS Code: its debugger"));

  static final Template SCHEMA =
      new Template(
          "lhttp.schema.json",
          "new/lhttp.schema.json",
          "for editors: completes and checks lhttp.yaml");

  static final Template IGNORED =
      new Template(".gitignore", "new-java/gitignore", "what Maven and IDEs make");

  private static final String SCHEMA_LINE = "# yaml-language-server: $schema=lhttp.schema.json";

  /** Some editors write this at the beginning of a file. */
  private static final String BYTE_ORDER_MARK = new String("\uFEFF".getBytes(UTF_8), ISO_8859_1);

  /** The text of {@code lhttp.yaml} for a folder that has sources alone. */
  static final String DEFAULTS =
      """
      %s
      # A file without keys means the defaults. Your filters and processors run once they are named here:
      #
      # chain: [ MyFilter, pubsub, multipart ]
      # processors: { say: Say }
      """
          .formatted(SCHEMA_LINE);

  /**
   * The beginning of the last line of a {@code pom.xml} that this command wrote. The line ends with
   * the hash of all lines above it, by which a later call recognises edits.
   */
  private static final String MARK =
      "<!-- lhttp ide may rewrite this file as long as nobody else has: ";

  private static final int MARK_LENGTH = 16;

  private IdeFiles() {}

  /**
   * A file that the server brings along.
   *
   * @param name the path of the copy below the application's folder
   * @param resource the name of the content for {@link Resources#read}
   */
  record Template(String name, String resource, String meaning) {
    byte[] content() {
      return resource.endsWith("lhttp.d.ts") ? Resources.scriptTypes() : Resources.read(resource);
    }
  }

  /**
   * Returns the text of {@code pom.xml}.
   *
   * @param jars jars of the folder that the project needs on its class path
   */
  static String pom(Path folder, List<Path> jars) {
    return new String(Resources.read("new-java/pom.xml"), UTF_8)
        .replace("@ARTIFACT@", artifact(folder))
        .replace("@LHTTP@", escaped(System.getProperty("lhttp.launcher", "lhttp")))
        .replace("@JARS@", dependencies(folder, jars));
  }

  /** Returns the text with a last line that has its hash, see {@link #edited}. */
  static String marked(String pom) {
    return pom + MARK + Hash.of(pom).substring(0, MARK_LENGTH) + " -->\n";
  }

  /** Whether somebody changed the text after {@link #marked} returned it. */
  static boolean edited(String pom) {
    var end = pom.lastIndexOf(MARK);
    return end < 0 || !pom.equals(marked(pom.substring(0, end)));
  }

  /** Finds the jars in the code folders that the user put there, not those that Maven copied. */
  static List<Path> jars(Path folder) throws IOException {
    var jars = new ArrayList<Path>();
    for (var name : CodeFolders.NAMES) {
      var root = folder.resolve(name);
      if (Files.isDirectory(root)) {
        Files.walkFileTree(root, new JarFinder(root, jars));
      }
    }
    jars.sort(Comparator.naturalOrder());
    return jars;
  }

  /** Adds the jars below a code folder to a list, and reads no folder that the server skips. */
  private static final class JarFinder extends SimpleFileVisitor<Path> {
    private final Path root;
    private final List<Path> jars;

    JarFinder(Path root, List<Path> jars) {
      this.root = root;
      this.jars = jars;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
      var aside =
          !directory.equals(root)
              && (CodeFolders.isAside(directory) || directory.equals(root.resolve(DEPENDENCIES)));
      return aside ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (file.toString().endsWith(".jar")
          && !CodeFolders.isAside(file)
          && Files.isRegularFile(file)) {
        jars.add(file);
      }
      return FileVisitResult.CONTINUE;
    }
  }

  /**
   * Returns a text with the lines of another one behind it that it lacks; slashes at either end of
   * a line make no difference.
   */
  static String withLines(String text, String wanted) {
    var known = text.lines().map(IdeFiles::pattern).collect(Collectors.toSet());
    var missing = wanted.lines().filter(line -> !known.contains(pattern(line))).toList();
    if (missing.isEmpty()) {
      return text;
    }
    var end = text.isEmpty() || text.endsWith("\n") ? "" : "\n";
    return text + end + String.join("\n", missing) + "\n";
  }

  private static String pattern(String line) {
    return line.strip().replaceAll("^/|/$", "");
  }

  /**
   * Returns the text of {@code lhttp.yaml} with a first line that names its schema to editors.
   *
   * @param yaml the file's bytes, each as a character
   */
  static String withSchema(String yaml) {
    if (yaml.contains("yaml-language-server:")) {
      return yaml;
    }
    var mark = yaml.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length() : 0;
    return yaml.substring(0, mark)
        + SCHEMA_LINE
        + (yaml.contains("\r\n") ? "\r\n" : "\n")
        + yaml.substring(mark);
  }

  private static String dependencies(Path folder, List<Path> jars) {
    var names = new HashSet<String>();
    return jars.stream()
        .map(jar -> folder.relativize(jar).toString().replace(File.separatorChar, '/'))
        .map(path -> dependency(path, unique(identifier(path.replaceFirst("\\.jar$", "")), names)))
        .collect(Collectors.joining());
  }

  private static String dependency(String path, String name) {
    return """
        <dependency>
          <groupId>folder</groupId>
          <artifactId>%s</artifactId>
          <version>0</version>
          <scope>system</scope>
          <systemPath>${project.basedir}/%s</systemPath>
        </dependency>
    """
        .formatted(name, escaped(path));
  }

  private static String unique(String name, Set<String> names) {
    var unique = name;
    for (var i = 2; !names.add(unique); i++) {
      unique = name + "-" + i;
    }
    return unique;
  }

  private static String artifact(Path folder) {
    var name = folder.toAbsolutePath().normalize().getFileName();
    return name == null ? "application" : identifier(name.toString());
  }

  /** Returns the text as an identifier of Maven: a dash replaces characters that Maven forbids. */
  private static String identifier(String text) {
    var identifier = text.replaceAll("[^A-Za-z0-9_.-]+", "-").replaceAll("^[.-]+", "");
    return identifier.isEmpty() ? "application" : identifier;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /**
   * Returns a hint if the launcher that started this command did not install the artifacts that
   * {@code pom.xml} names.
   */
  static Optional<String> artifactsNote() {
    return System.getProperty("lhttp.artifacts") == null
        ? Optional.of(
            "\nMaven needs the artifacts of LHTTP, which are not on Maven Central yet: "
                + "./lhttp ide DIR in a checkout installs them on this machine.")
        : Optional.empty();
  }

  /** Writes a file, and creates the folders above it. */
  static void write(Path file, byte[] content) throws IOException {
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.write(file, content);
  }
}
