package io.lhttp.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.run.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "ide",
    description = {
      "Write a pom.xml and run configurations for IDEs, for Java sources.",
      "Run it again after a jar came or went. Files that you edited stay.",
      "In a checkout, ./lhttp also installs LHTTP's artifacts, with sources and Javadoc."
    })
public final class IdeCommand implements Callable<Integer> {
  private final Output output;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = ".",
      description = "The application's folder, with lhttp.yaml in it. Default: this folder")
  private Path folder = Path.of("");

  public IdeCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Failure {
    if (!Files.isRegularFile(folder.resolve("lhttp.yaml"))) {
      throw new Failure(
          "%s has no lhttp.yaml: name an application's folder, or make one with ./lhttp new --java DIR"
              .formatted(folder));
    }
    try {
      var jars = IdeFiles.jars(folder);
      report(IdeFiles.POM, pom(IdeFiles.marked(IdeFiles.pom(folder, jars))));
      for (var file : IdeFiles.CONFIGURATIONS) {
        report(file.name(), write(file.name(), file.content()));
      }
      jars.forEach(
          jar -> report(folder.relativize(jar).toString(), "is on the class path of the IDE"));
    } catch (IOException e) {
      throw new Failure("can't write in %s: %s".formatted(folder, Failure.reason(e)), e);
    }
    output.out().printf("%nOpen %s as a project in your IDE.%n", folder.resolve(IdeFiles.POM));
    IdeFiles.artifactsNote().ifPresent(output.out()::println);
    return 0;
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
