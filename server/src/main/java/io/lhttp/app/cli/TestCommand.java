package io.lhttp.app.cli;

import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.logging.Printable;
import io.lhttp.app.run.Failure;
import io.lhttp.app.run.SlowSteps;
import io.lhttp.app.testbench.TestBench;
import io.lhttp.scripts.ScriptException;
import io.lhttp.scripts.ScriptTests;
import io.lhttp.scripts.modules.ScriptNames;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "test",
    description = {
      "Run an application's tests/*.test.js or *.test.ts against its real chain, without a socket.",
      "In a checkout without DIR, and without an lhttp.yaml here, ./lhttp runs its own tests."
    })
public final class TestCommand implements Callable<Integer> {
  private final Output output;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      defaultValue = ".",
      description = "The application's folder, with lhttp.yaml in it. Default: this folder")
  private Path folder = Path.of("");

  @Option(names = "--tap", description = "Print the Test Anything Protocol.")
  private boolean tap;

  public TestCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws Exception {
    try (var steps = SlowSteps.atTerminal(output.err())) {
      return call(steps);
    }
  }

  private int call(SlowSteps steps) throws Exception {
    steps.begin("reading " + folder);
    new ApplicationLoader(folder).load().scripts().close();
    var files = files(folder);
    var report = new TestReport(output.out(), tap);
    report.begin();
    for (var file : files) {
      steps.begin("running " + file);
      report.file(folder.relativize(file).toString());
      try {
        for (var result :
            ScriptTests.run(folder, folder.relativize(file), () -> new TestBench(folder))) {
          report.test(result.name(), result.failure().map(ScriptException::explanation));
        }
      } catch (ScriptException e) {
        report.test("it can be loaded", Optional.of(e.explanation()));
      }
    }
    return report.end() ? 0 : 1;
  }

  private static List<Path> files(Path folder) throws Failure {
    var tests = folder.resolve("tests");
    try (var found = Files.list(tests)) {
      var files = found.filter(TestCommand::isTest).sorted().toList();
      if (!files.isEmpty()) {
        return files;
      }
    } catch (IOException _) {
      // a missing folder has no tests, which the exception below reports
    }
    throw new Failure(
        "no tests: there is no "
            + tests.resolve("NAME.test.js")
            + (Files.exists(folder.resolve(IdeFiles.POM)) ? "; mvn test runs those in Java" : ""));
  }

  private static boolean isTest(Path file) {
    return ScriptNames.stem(file.getFileName().toString())
        .filter(stem -> stem.endsWith(".test"))
        .isPresent();
  }

  /** Prints the results of tests as lines for people, or as TAP for programs. */
  private static final class TestReport {
    private final PrintWriter out;
    private final boolean tap;
    private int count;
    private int failed;

    TestReport(PrintWriter out, boolean tap) {
      this.out = out;
      this.tap = tap;
    }

    void begin() {
      if (tap) {
        out.println("TAP version 13");
      }
    }

    void file(String name) {
      out.println((tap ? "# " : "") + name);
    }

    void test(String name, Optional<String> failure) {
      count++;
      failed += failure.isPresent() ? 1 : 0;
      var shown = Printable.of(name, 200);
      if (tap) {
        out.println(
            (failure.isEmpty() ? "ok " : "not ok ") + count + " - " + shown.replace("#", "\\#"));
      } else {
        out.println((failure.isEmpty() ? "  ok    " : "  FAIL  ") + shown);
      }
      failure.ifPresent(
          text -> text.lines().forEach(line -> out.println((tap ? "# " : "        ") + line)));
    }

    /** Prints the summary. Returns true if at least one test ran and all tests passed. */
    boolean end() {
      if (tap) {
        out.println("1.." + count);
      } else {
        out.printf("%d passed, %d failed%n", count - failed, failed);
      }
      return count > 0 && failed == 0;
    }
  }
}
