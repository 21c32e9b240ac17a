package io.lhttp.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.cli.IdeFiles.Template;
import io.lhttp.app.run.Failure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "new",
    description =
        "Make a small application: a filter, a processor, a page, and a test that passes.")
public final class NewCommand implements Callable<Integer> {
  /** The files of a new application, with a description each. */
  private static final List<Template> IN_JAVASCRIPT =
      List.of(
          of("lhttp.yaml", "the chain: which filters, in which order"),
          of("filters/no-shouting.js", "every message passes it, or is refused"),
          of("processors/say.js", "answers the command 'say'"),
          of("public/index.html", "a page to try it with"),
          of("tests/say.test.js", "its tests"),
          of("jsconfig.json", "for editors: checks the scripts"),
          IdeFiles.SCHEMA,
          of("lhttp.d.ts", "for editors, and to read: all that scripts find"));

  private static final List<Template> IN_TYPESCRIPT =
      List.of(
          ofTypeScript("lhttp.yaml", "the chain: which filters, in which order"),
          ofTypeScript("filters/no-shouting.ts", "every message passes it, or is refused"),
          ofTypeScript("processors/say.ts", "answers the command 'say'"),
          of("public/index.html", "a page to try it with"),
          ofTypeScript("tests/say.test.ts", "its tests"),
          ofTypeScript("tsconfig.json", "for editors and tsc: checks the scripts"),
          IdeFiles.SCHEMA,
          of("lhttp.d.ts", "for editors, and to read: all that scripts find"));

  private static final List<Template> IN_JAVA =
      List.of(
          ofJava("lhttp.yaml", "the chain: which filters, in which order"),
          ofJava("filters/NoShouting.java", "every message passes it, or is refused"),
          ofJava("processors/Say.java", "answers the command 'say'"),
          of("public/index.html", "a page to try it with"),
          ofJava("tests/NoShoutingTest.java", "tests of the filter in a real chain"),
          IdeFiles.SCHEMA,
          IdeFiles.IGNORED);

  /** The system property with the words that run this program, for hints. */
  private static final String NAME = "lhttp.name";

  private final Output output;

  @Parameters(paramLabel = "DIR", description = "A folder that does not exist yet, or is empty.")
  private Path folder = Path.of("");

  @ArgGroup private Language language = new Language();

  /** The language of the application; JavaScript if no option names one. */
  private static final class Language {
    @Option(
        names = "--java",
        description = {
          "In Java, as a Maven project that an IDE opens;",
          "in a checkout, ./lhttp also installs LHTTP's artifacts for it."
        })
    private boolean java;

    @Option(names = "--ts", description = "In TypeScript, which runs without a build.")
    private boolean typeScript;
  }

  public NewCommand(Output output) {
    this.output = output;
  }

  private static Template of(String name, String meaning) {
    return new Template(name, "new/" + name, meaning);
  }

  private static Template ofJava(String name, String meaning) {
    return new Template(name, "new-java/" + name, meaning);
  }

  private static Template ofTypeScript(String name, String meaning) {
    return new Template(name, "new-ts/" + name, meaning);
  }

  @Override
  public Integer call() throws Failure {
    var files = files();
    try {
      refuseUnlessEmpty();
      for (var file : files) {
        IdeFiles.write(folder.resolve(file.name()), file.content());
      }
      if (language.java) {
        IdeFiles.write(
            folder.resolve(IdeFiles.POM),
            IdeFiles.marked(IdeFiles.pom(folder, List.of())).getBytes(UTF_8));
      }
    } catch (FileAlreadyExistsException e) {
      throw new Failure(folder + " is a file, not a folder", e);
    } catch (IOException e) {
      throw new Failure("can't write %s: %s".formatted(folder, Failure.reason(e)), e);
    }
    report(files);
    return 0;
  }

  private List<Template> files() {
    if (language.java) {
      return Stream.concat(IN_JAVA.stream(), IdeFiles.CONFIGURATIONS.stream()).toList();
    }
    return language.typeScript ? IN_TYPESCRIPT : IN_JAVASCRIPT;
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

  private void report(List<Template> files) {
    var out = output.out();
    var name = System.getProperty(NAME, "./lhttp");
    for (var file : files) {
      line(file.name(), file.meaning());
    }
    if (language.java) {
      line(IdeFiles.POM, "for IDEs and tests: open it as a project");
      out.printf(
          """

          Next:
            (cd %1$s && mvn test)   run its tests
            %2$s dev %1$s        run it, and change it while it runs; --debug for a debugger
          """,
          quoted(folder), name);
      IdeFiles.artifactsNote().ifPresent(out::println);
    } else {
      out.printf(
          """

          Next:
            %2$s test %1$s     run its tests
            %2$s dev %1$s      run it, and change it while it runs
          """,
          quoted(folder), name);
    }
  }

  /** Returns a path as a shell reads it: in quotation marks, if it has characters like blanks. */
  private static String quoted(Path path) {
    var text = path.toString();
    return text.matches("[\\p{L}\\p{N}_./\\\\:-]*") ? text : "'" + text.replace("'", "'\\''") + "'";
  }

  private void line(String name, String meaning) {
    output.out().printf("%-40s %s%n", folder.resolve(name), meaning);
  }
}
