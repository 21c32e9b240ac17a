package io.lhttp.app.assembly;

import io.lhttp.Filter;
import io.lhttp.app.code.Hash;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.OnError;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.scripts.Script;
import io.lhttp.scripts.ScriptException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * The scripts of an application's folder: {@code filters/NAME.js} and {@code processors/NAME.js}.
 * An error in a script becomes a problem with the source's line.
 */
public final class ScriptFolder {
  private static final String ENDING = ".js";

  private final Path folder;
  private final Scripts scripts;
  private final Problems problems;
  private final Map<String, Path> filters;
  private final Map<String, Path> processors;

  /** Fingerprints of the read scripts, by name. */
  private final Map<String, String> read = new HashMap<>();

  /** The read scripts, in order. */
  private final List<Script> scriptsRead = new ArrayList<>();

  ScriptFolder(Path folder, Scripts scripts, Problems problems) {
    this.folder = folder;
    this.scripts = scripts;
    this.problems = problems;
    this.filters = list("filters");
    this.processors = list("processors");
  }

  /** Whether the folder has a script; reports no errors. */
  public static boolean present(Path folder) {
    return Stream.of("filters", "processors")
        .anyMatch(kind -> {
          try (var files = Files.list(folder.resolve(kind))) {
            return files.anyMatch(file -> isScript(file.getFileName().toString()));
          } catch (IOException | UncheckedIOException _) {
            return false;
          }
        });
  }

  private static boolean isScript(String name) {
    return name.endsWith(ENDING) && !name.startsWith(".");
  }

  Set<String> filterNames() {
    return filters.keySet();
  }

  /** The commands that have a script. */
  Set<String> commands() {
    return processors.keySet();
  }

  /** Fingerprints of the read scripts with all their imports, by name. */
  Map<String, String> files() {
    return Map.copyOf(read);
  }

  Optional<FilterSpec> filter(String name, Place place, Node options, OnError onError) {
    return options(place, name, options)
        .flatMap(map ->
            read(filters, name)
                .map(script ->
                    new FilterSpec(
                        name,
                        Hash.of("script", script.fingerprint(), options.plain()),
                        onError,
                        explained(() -> script.filter(name, map)))));
  }

  Optional<ProcessorSpec> processor(String command, Place place, Node options) {
    return options(place, command, options)
        .flatMap(map ->
            read(processors, command)
                .map(script ->
                    new ProcessorSpec(
                        command,
                        Hash.of("script", script.fingerprint(), options.plain()),
                        explained(() -> script.processor(command, map)))));
  }

  /** Creates the filters that are in no chain, so that a check finds their errors, too. */
  List<Callable<Filter>> unused(Set<String> used) {
    return filters.entrySet().stream()
        .filter(entry -> !used.contains(entry.getKey()))
        .flatMap(entry -> read(filters, entry.getKey()).stream())
        .<Callable<Filter>>map(script -> explained(() -> script.filter(script.name(), Map.of())))
        .toList();
  }

  /** Warnings of probable mistakes in the scripts, one per place. */
  List<Problem> advice() {
    return scriptsRead.stream()
        .flatMap(script -> script.advice().stream())
        .map(this::problem)
        .distinct()
        .toList();
  }

  private Optional<Script> read(Map<String, Path> files, String name) {
    try {
      var script = scripts.host().read(folder, Objects.requireNonNull(files.get(name)));
      read.put(script.name(), script.fingerprint());
      scriptsRead.add(script);
      return Optional.of(script);
    } catch (ScriptException e) {
      var problem = problem(e);
      problems.add(problem.place(), "%s", problem.message());
      return Optional.empty();
    }
  }

  /** Turns a script's error into a problem at its place in the script. */
  private <T> Callable<T> explained(Callable<T> make) {
    return () -> {
      try {
        return make.call();
      } catch (ScriptException e) {
        throw new ConfigurationException(List.of(problem(e)));
      }
    };
  }

  private Problem problem(ScriptException e) {
    var file = folder.resolve(e.file()).toString();
    return new Problem(
        new Place(file, e.line(), e.column()),
        e.reason() + e.explanation().substring(e.summary().length()));
  }

  @SuppressWarnings("unchecked") // the plain value of a mapping is a map
  private Optional<Map<String, Object>> options(Place place, String name, Node options) {
    return switch (options) {
      case Nothing _ -> Optional.of(Map.of());
      case Mapping mapping -> mapping.plain().map(plain -> (Map<String, Object>) plain);
      default -> {
        problems.add(
            place,
            "%s: expected keys with values as options, not %s",
            name,
            options.describe(name));
        yield Optional.empty();
      }
    };
  }

  private Map<String, Path> list(String kind) {
    var found = new TreeMap<String, Path>();
    var in = folder.resolve(kind);
    if (!Files.isDirectory(in)) {
      return found;
    }
    try (var files = Files.list(in)) {
      for (var file : new TreeSet<>(files.toList())) {
        var name = file.getFileName().toString();
        if (isScript(name)) {
          found.put(name.substring(0, name.length() - ENDING.length()), file);
        }
      }
    } catch (IOException e) {
      problems.add(Place.of(in.toString()), "can't be read: %s", e);
    }
    return found;
  }
}
