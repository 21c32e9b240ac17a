package io.lhttp.app.run;

import io.lhttp.app.config.Problem;
import io.lhttp.app.logging.Logging;
import io.lhttp.app.reload.ReloadResult;
import io.lhttp.app.reload.Stamp;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Prints for a developer how each reload has ended, and which files are in order again or in no
 * chain. Only what has changed since the last report is printed whole. All threads may use it.
 */
final class ReloadReport {
  private final Path folder;
  private final PrintWriter out;

  // The errors of the last reload that found any. All fields from here on are guarded by this
  // object's lock.
  private List<Problem> problems = List.of();

  /**
   * The files of the folder in which the last reload that has read them found errors, with the
   * content of each.
   */
  private Map<String, Stamp> brokenFiles = Map.of();

  private Set<String> inNoChain = Set.of();

  ReloadReport(Path folder, PrintWriter out) {
    this.folder = folder;
    this.out = out;
  }

  /** Prints the result of a reload. */
  synchronized void print(ReloadResult result) {
    switch (result) {
      case ReloadResult.Swapped swapped -> {
        Logging.forgetRepetitions();
        out.println("reloaded   " + swapped.inWords() + mended());
      }
      case ReloadResult.Refused refused -> refused(refused);
      case ReloadResult.Busy busy -> out.println("busy       " + busy.inWords());
      case ReloadResult.Unchanged unchanged when !problems.isEmpty() ->
          out.println("repaired   " + unchanged.inWords() + mended());
      case ReloadResult.Unchanged unchanged when unchanged.silent() -> {}
      case ReloadResult.Unchanged unchanged -> out.println("unchanged  " + unchanged.inWords());
    }
  }

  /** Prints each file of a filter that is in no chain, unless the last call had it, too. */
  synchronized void printInNoChain(List<String> files) {
    for (var file : files) {
      if (!inNoChain.contains(file)) {
        out.println("note       " + file + " is in no chain");
      }
    }
    inNoChain = Set.copyOf(files);
  }

  private void refused(ReloadResult.Refused refused) {
    var now = refused.problems();
    if (!problems.isEmpty() && firstLines(now).equals(firstLines(problems))) {
      out.println("broken     as before: " + firstLines(now).getFirst() + others(now.size() - 1));
      return;
    }
    if (!refused.concernsNoFile()) {
      var files = filesOf(now);
      for (var file : present(brokenFiles.keySet())) {
        // an unchanged file still has its error, which other errors may hide
        if (!files.containsKey(file)
            && !Stamp.of(folder.resolve(file)).equals(brokenFiles.get(file))) {
          out.println("repaired   " + file + " is in order again");
        }
      }
      brokenFiles = files;
    }
    out.println("broken     " + refused.inWords());
    problems = now;
  }

  /** Returns the errors without the lines of the source, which change at places without errors. */
  private static List<String> firstLines(List<Problem> errors) {
    return errors.stream().map(error -> error.summary().lines().findFirst().orElse("")).toList();
  }

  private static String others(int count) {
    return switch (count) {
      case 0 -> "";
      case 1 -> ", and another error";
      default -> ", and %d others".formatted(count);
    };
  }

  /** Names the files that had errors until now, for the end of a line. */
  private String mended() {
    var files = present(brokenFiles.keySet());
    brokenFiles = Map.of();
    problems = List.of();
    return files.isEmpty()
        ? ""
        : "; %s %s in order again"
            .formatted(String.join(", ", files), files.size() == 1 ? "is" : "are");
  }

  /** Returns those of the files that are not gone. */
  private List<String> present(Set<String> files) {
    return files.stream().filter(file -> Files.isRegularFile(folder.resolve(file))).toList();
  }

  /** Returns the files of the folder that have these errors, with the content of each. */
  private Map<String, Stamp> filesOf(List<Problem> errors) {
    var sources = new HashSet<String>();
    errors.forEach(error -> sources.add(error.place().source()));
    var files = new TreeMap<String, Stamp>();
    for (var source : sources) {
      var file = Path.of(source);
      if (file.startsWith(folder)) {
        var name = folder.relativize(file).toString();
        files.put(name, Stamp.of(file));
      }
    }
    return files;
  }
}
