package io.lhttp.app.assembly;

import io.lhttp.Filter;
import io.lhttp.app.code.Hash;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.FileTrouble;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Node.Mapping;
import io.lhttp.app.config.Node.Nothing;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.app.secrets.SecretFiles;
import io.lhttp.app.settings.Settings.Link;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.scripts.Script;
import io.lhttp.scripts.ScriptException;
import io.lhttp.scripts.modules.ScriptNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The scripts of an application's folder: {@code filters/NAME.js} and {@code processors/NAME.js},
 * or {@code NAME.ts}. An error in a script becomes a problem with the source's line.
 */
public final class ScriptFolder {
  private final Path folder;
  private final Scripts scripts;
  private final SecretFiles secrets;
  private final Problems problems;
  private final Map<String, Path> filters;
  private final Map<String, Path> processors;

  /** The scripts that were read, by their files; empty if a script has an error. */
  private final Map<Path, Optional<Script>> read = new LinkedHashMap<>();

  ScriptFolder(Path folder, Scripts scripts, SecretFiles secrets, Problems problems) {
    this.folder = folder;
    this.scripts = scripts;
    this.secrets = secrets;
    this.problems = problems;
    this.filters = list("filters");
    this.processors = list("processors");
  }

  /** Whether a folder has at least one script; does not read the scripts. */
  public static boolean present(Path folder) {
    return Stream.of("filters", "processors")
        .anyMatch(kind -> {
          try (var files = Files.list(folder.resolve(kind))) {
            return files.anyMatch(
                file -> ScriptNames.stem(file.getFileName().toString()).isPresent());
          } catch (IOException | UncheckedIOException _) {
            return false;
          }
        });
  }

  Set<String> filterNames() {
    return filters.keySet();
  }

  /** The commands that have a script. */
  Set<String> commands() {
    return processors.keySet();
  }

  /** The file of a filter's script, from the folder: {@code filters/no-shouting.js}. */
  String filterFile(String name) {
    return inFolder(filters, name);
  }

  /** The file of a command's script, from the folder. */
  String processorFile(String command) {
    return inFolder(processors, command);
  }

  private String inFolder(Map<String, Path> files, String name) {
    return folder.relativize(Objects.requireNonNull(files.get(name))).toString();
  }

  /** Fingerprints by the scripts' names; each covers the script and all its imports. */
  Map<String, String> files() {
    return read().collect(Collectors.toUnmodifiableMap(Script::name, Script::fingerprint));
  }

  /**
   * Returns a filter of the chain.
   *
   * @param found gets the errors in the link's options
   */
  Optional<FilterSpec> filter(Link link, Problems found) {
    return options(link.place(), link.name(), link.options(), found)
        .flatMap(map ->
            read(filters, link.filterName())
                .map(script ->
                    new FilterSpec(
                        link.name(),
                        Hash.of("script", script.fingerprint(), map),
                        link.onError(),
                        explained(() -> script.filter(link.name(), map)))));
  }

  Optional<ProcessorSpec> processor(String command, Place place, Node options) {
    return options(place, command, options, problems)
        .flatMap(map ->
            read(processors, command)
                .map(script ->
                    new ProcessorSpec(
                        command,
                        Hash.of("script", script.fingerprint(), map),
                        explained(() -> script.processor(command, map)))));
  }

  /**
   * Returns recipes for the filters that are in no chain. A check creates these filters, too, to
   * find their errors.
   */
  List<Callable<Filter>> unused(Set<String> used) {
    return outside(used)
        .flatMap(entry -> read(filters, entry.getKey()).stream())
        .<Callable<Filter>>map(script -> explained(() -> script.filter(script.name(), Map.of())))
        .toList();
  }

  /** The files of the filters that are in no chain. */
  List<Path> unusedFiles(Set<String> used) {
    return outside(used).map(Map.Entry::getValue).toList();
  }

  private Stream<Map.Entry<String, Path>> outside(Set<String> used) {
    return filters.entrySet().stream().filter(entry -> !used.contains(entry.getKey()));
  }

  /** Warnings of probable mistakes in the scripts, one per place. */
  List<Problem> advice() {
    return read()
        .flatMap(script -> script.advice().stream())
        .map(this::problem)
        .distinct()
        .toList();
  }

  private Stream<Script> read() {
    return read.values().stream().flatMap(Optional::stream);
  }

  /** Reads a script at the first call; further calls for the same file return the same script. */
  private Optional<Script> read(Map<String, Path> files, String name) {
    return read.computeIfAbsent(Objects.requireNonNull(files.get(name)), this::read);
  }

  private Optional<Script> read(Path file) {
    try {
      return Optional.of(scripts.host().read(folder, file));
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

  /** Returns the options of a script, with the contents of files in place of {@code file:PATH}. */
  @SuppressWarnings("unchecked") // the plain value of a mapping is a map
  private Optional<Map<String, Object>> options(
      Place place, String name, Node options, Problems found) {
    return switch (secrets.resolved(options, name, found)) {
      case Nothing _ -> Optional.of(Map.of());
      case Mapping mapping -> mapping.plain().map(plain -> (Map<String, Object>) plain);
      default -> {
        found.add(
            place,
            "%s: expected keys with values as options, not %s",
            name,
            options.describe(name));
        yield Optional.empty();
      }
    };
  }

  private void add(Map<String, Path> found, String name, Path file) {
    var other = found.putIfAbsent(name, file);
    if (other != null) {
      problems.add(
          Place.of(folder.relativize(file).toString()),
          "%s has the same name: remove one of them",
          folder.relativize(other));
    }
  }

  private Map<String, Path> list(String kind) {
    var found = new TreeMap<String, Path>();
    var in = folder.resolve(kind);
    if (!Files.isDirectory(in)) {
      return found;
    }
    try (var files = Files.list(in)) {
      for (var file : new TreeSet<>(files.toList())) {
        ScriptNames.stem(file.getFileName().toString()).ifPresent(name -> add(found, name, file));
      }
    } catch (IOException e) {
      problems.add(Place.of(in.toString()), "can't be read: %s", FileTrouble.reason(e));
    }
    return found;
  }
}
