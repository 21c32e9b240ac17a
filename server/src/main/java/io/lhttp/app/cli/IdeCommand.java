package io.lhttp.app.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.code.CodeFolders;
import io.lhttp.app.run.Failure;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "ide",
    description = {
      "Write a pom.xml and run configurations for IDEs, for Java sources.",
      "Adds what lhttp.yaml and .gitignore lack for them.",
      "Run it again after a jar came or went. Files that you edited stay.",
      "In a checkout, ./lhttp also installs LHTTP's artifacts, with sources and Javadoc."
    })
public final class IdeCommand implements Callable<Integer> {
  private static final String YAML = "lhttp.yaml";

  private final Output output;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = ".",
      description = "The folder of an application, or of sources. Default: this folder")
  private Path folder = Path.of("");

  public IdeCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Failure {
    requireApplication();
    try {
      var jars = IdeFiles.jars(folder);
      report(YAML, yaml());
      report(IdeFiles.SCHEMA.name(), write(IdeFiles.SCHEMA.name(), IdeFiles.SCHEMA.content()));
      report(IdeFiles.IGNORED.name(), ignored());
      report(IdeFiles.POM, pom(IdeFiles.marked(IdeFiles.pom(folder, jars))));
      for (var file : IdeFiles.CONFIGURATIONS) {
        report(file.name(), write(file.name(), file.content()));
      }
      jars.forEach(
          jar -> report(folder.relativize(jar).toString(), "is on the class path of the IDE"));
    } catch (AccessDeniedException e) {
      throw new Failure("no permission to read or write " + e.getFile(), e);
    } catch (IOException e) {
      throw new Failure("can't write in %s: %s".formatted(folder, Failure.reason(e)), e);
    }
    output.out().printf("%nOpen %s as a project in your IDE.%n", folder.resolve(IdeFiles.POM));
    IdeFiles.artifactsNote().ifPresent(output.out()::println);
    return 0;
  }

  private void requireApplication() throws Failure {
    if (!Files.exists(folder)) {
      throw new Failure("no such folder: " + folder);
    } else if (!Files.isRegularFile(folder.resolve(YAML))
        && CodeFolders.NAMES.stream().noneMatch(name -> Files.isDirectory(folder.resolve(name)))) {
      throw new Failure(
          "%s has no %s, no filters/ and no processors/: name an application's folder, or make one with ./lhttp new --java DIR"
              .formatted(folder, YAML));
    }
  }

  /** Writes {@code lhttp.yaml}, which each application needs, or adds the line for editors. */
  private String yaml() throws IOException {
    var file = folder.resolve(YAML);
    if (!Files.exists(file)) {
      IdeFiles.write(file, IdeFiles.DEFAULTS.getBytes(UTF_8));
      return "written, with the defaults: name your filters and processors in it";
    }
    return changed(file, IdeFiles::withSchema, "has a first line that names its schema to editors");
  }

  private String ignored() throws IOException {
    var file = folder.resolve(IdeFiles.IGNORED.name());
    var wanted = new String(IdeFiles.IGNORED.content(), UTF_8);
    if (!Files.exists(file)) {
      IdeFiles.write(file, wanted.getBytes(UTF_8));
      return "written";
    }
    return changed(
        file, text -> IdeFiles.withLines(text, wanted), "has further lines, for Maven and IDEs");
  }

  /** Changes the text of a file. The bytes of characters that are not ASCII stay as they are. */
  private static String changed(Path file, UnaryOperator<String> change, String done)
      throws IOException {
    var old = Files.readString(file, ISO_8859_1);
    var text = change.apply(old);
    if (text.equals(old)) {
      return "unchanged";
    }
    Files.writeString(file, text, ISO_8859_1);
    return done;
  }

  /**
   * Writes {@code pom.xml}, unless the user has written or edited one. Returns a line that tells
   * the user the outcome.
   */
  private String pom(String text) throws IOException {
    var file = folder.resolve(IdeFiles.POM);
    var exists = Files.exists(file);
    if (exists) {
      var old = new String(Files.readAllBytes(file), UTF_8);
      if (old.equals(text)) {
        return "unchanged";
      } else if (IdeFiles.edited(old)) {
        return "kept, as it is yours: it needs io.lhttp:lhttp-core, and lhttp-testing for tests";
      }
    }
    IdeFiles.write(file, text.getBytes(UTF_8));
    return exists ? "updated" : "written";
  }

  /** Writes a file, unless it exists. Returns a line that tells the user the outcome. */
  private String write(String name, byte[] content) throws IOException {
    var file = folder.resolve(name);
    if (Files.exists(file)) {
      return Arrays.equals(Files.readAllBytes(file), content)
          ? "unchanged"
          : "kept, as it is yours";
    }
    IdeFiles.write(file, content);
    return "written";
  }

  private void report(String name, String done) {
    output.out().printf("%-40s %s%n", folder.resolve(name), done);
  }
}
