package io.lhttp.app.code;

import io.lhttp.app.config.Binder;
import io.lhttp.app.config.Nearest;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The code of an application's folder, read once: its sources, compiled, and its jars, behind one
 * class loader of their own. Not thread-safe; what it makes is as safe as the user's code.
 */
public final class UserCode {
  private final CodeLoader loader;
  private final List<Path> jars;
  private final Map<String, String> files;
  private final String hash;
  private final Problems problems;

  /** Whether all that is in the folder is here: else a class that is missing is no news. */
  private final boolean complete;

  private UserCode(
      CodeLoader loader,
      List<Path> jars,
      Map<String, String> files,
      String hash,
      boolean complete,
      Problems problems) {
    this.loader = loader;
    this.jars = jars;
    this.files = files;
    this.hash = hash;
    this.complete = complete;
    this.problems = problems;
  }

  /**
   * Reads {@code filters/} and {@code processors/}. What can't be read or compiled becomes a
   * problem.
   */
  public static UserCode load(Path folder, Problems problems) {
    var before = problems.found().size();
    List<CodeFile> files = List.of();
    List<Path> jars = List.of();
    Map<String, byte[]> classes = Map.of();
    try {
      files = CodeReader.read(folder, problems);
      jars = JarCopies.of(files.stream().filter(CodeFile::jar).toList());
      var sources = files.stream().filter(CodeFile::source).toList();
      if (!sources.isEmpty()) {
        classes = JavaSources.compile(sources, jars, problems);
      }
    } catch (IOException e) {
      problems.add(Place.of(folder.toString()), "can't be read: %s", e);
    }
    return new UserCode(
        new CodeLoader(classes, jars),
        jars,
        hashes(folder, files),
        Hash.of(files),
        problems.found().size() == before,
        problems);
  }

  /** The hashes of the files that were read, by their names as seen from the folder. */
  public Map<String, String> files() {
    return files;
  }

  private static Map<String, String> hashes(Path folder, List<CodeFile> files) {
    var hashes = new TreeMap<String, String>();
    files.forEach(
        file -> hashes.put(folder.relativize(file.path()).toString(), Hash.of(List.of(file))));
    return Collections.unmodifiableMap(hashes);
  }

  /**
   * The recipe for an instance of one of the folder's classes; empty where there is none, and the
   * problems say why.
   *
   * @param kind what error messages call it: a filter, a class
   * @param others names that would have been right, too
   */
  public <T> Optional<Recipe<T>> recipe(
      String kind,
      Class<T> type,
      String className,
      Collection<String> others,
      Place place,
      Node options,
      Binder binder) {
    return find(kind, type, className, others, place)
        .flatMap(found ->
            Recipe.of(
                className,
                found,
                place,
                options,
                binder,
                () -> Hash.of(hash, className, options.plain())));
  }

  private <T> Optional<Class<? extends T>> find(
      String kind, Class<T> type, String className, Collection<String> others, Place place) {
    try {
      var found = Class.forName(className, false, loader);
      if (!type.isAssignableFrom(found)) {
        problems.add(place, "the class %s does not implement %s", className, type.getName());
      } else if (Modifier.isAbstract(found.getModifiers())) {
        problems.add(place, "the class %s is abstract", className);
      } else {
        return Optional.of(found.asSubclass(type));
      }
    } catch (ClassNotFoundException _) {
      if (complete) {
        var names = new ArrayList<>(others);
        names.addAll(implementing(type));
        problems.add(
            place,
            "unknown %s '%s'%s",
            kind,
            className,
            names.isEmpty()
                ? ": nothing in filters/ and processors/ implements " + type.getName()
                : Nearest.hint(className, names));
      }
    } catch (LinkageError e) {
      problems.add(place, "the class %s can't be loaded: %s", className, e);
    }
    return Optional.empty();
  }

  /** The names of the classes that could be used here, in order. */
  public List<String> implementing(Class<?> type) {
    var names = new TreeSet<>(loader.compiledNames());
    jars.forEach(jar -> names.addAll(JarCopies.classNames(jar)));
    var implementing = new ArrayList<String>();
    for (var name : names) {
      if (implementsType(name, type)) {
        implementing.add(name);
      }
    }
    return implementing;
  }

  private boolean implementsType(String name, Class<?> type) {
    try {
      var found = Class.forName(name, false, loader);
      return type.isAssignableFrom(found) && !Modifier.isAbstract(found.getModifiers());
    } catch (ClassNotFoundException | LinkageError _) {
      return false; // a jar may have classes that need what is not there
    }
  }
}
