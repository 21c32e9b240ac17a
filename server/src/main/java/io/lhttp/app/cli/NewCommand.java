package io.lhttp.app.cli;

import io.lhttp.app.assembly.Resources;
import io.lhttp.app.run.Failure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "new",
    description =
        "Make a small application: a filter, a processor, a page, and a test that passes.")
public final class NewCommand implements Callable<Integer> {
  /** Templates of a new application, beside the classes, with a description each. */
  private static final List<Template> FILES =
      List.of(
          new Template("lhttp.yaml", "the chain: which filters, in which order"),
          new Template("filters/no-shouting.js", "every message passes it, or is refused"),
          new Template("processors/say.js", "answers the command 'say'"),
          new Template("public/index.html", "a page to try it with"),
          new Template("tests/say.test.js", "its tests"),
          new Template("jsconfig.json", "for editors: checks the scripts"),
          new Template("lhttp.d.ts", "for editors, and to read: all that scripts find"));

  private final Output output;

  @Parameters(paramLabel = "DIR", description = "A folder that does not exist yet, or is empty.")
  private Path folder = Path.of("");

  public NewCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Failure {
    try {
      refuseUnlessEmpty();
      for (var file : FILES) {
        var target = folder.resolve(file.name);
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        Files.write(target, file.content());
      }
    } catch (FileAlreadyExistsException e) {
      throw new Failure(folder + " is a file, not a folder", e);
    } catch (IOException e) {
      throw new Failure("can't write %s: %s".formatted(folder, Failure.reason(e)), e);
    }
    report();
    return 0;
  }

  private void refuseUnlessEmpty() throws Failure, IOException {
    if (!Files.exists(folder)) {
      return;
    } else if (!Files.isDirectory(folder)) {
      throw new Failure(folder + " is a file, not a folder");
    }
    try (var content = Files.list(folder)) {
      var first = content.sorted().findFirst();
      if (first.isPresent()) {
        throw new Failure(
            "%s is not empty (there is %s): name a folder that is to be made"
                .formatted(folder, first.get().getFileName()));
      }
    }
  }

  private void report() {
    var out = output.out();
    for (var file : FILES) {
      out.printf("%-40s %s%n", folder.resolve(file.name), file.meaning);
    }
    out.printf(
        """

        Next:
          ./lhttp test %1$s     run its tests
          ./lhttp dev %1$s      run it, and change it while it runs
        """,
        folder);
  }

  private record Template(String name, String meaning) {
    byte[] content() {
      return name.equals("lhttp.d.ts") ? Resources.scriptTypes() : Resources.read("new/" + name);
    }
  }
}
