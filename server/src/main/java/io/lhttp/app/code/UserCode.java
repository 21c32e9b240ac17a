package io.lhttp.app.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.code.JavaSources.Compiled;
import io.lhttp.app.code.source.LoadedSource;
import io.lhttp.app.code.source.LoadedSources;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.FileTrouble;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.app.config.SecretMask;
import io.lhttp.app.debug.Debugger;
import io.lhttp.internal.text.Nearest;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The code of an application's folder after one reading: compiled sources and jars. All threads may
 * use this object; whether instances of users' classes are thread-safe is up to the user.
 */
public final class UserCode {
  private final Path folder;
  private final JarLoader jars;

  /** The class loaders of compiled sources, by class name. */
  private final Map<String, CodeLoader> loaders;

  private final Map<String, String> files;

  /** A hash of all sources and jars. */
  private final String hash;

  /** The paths of the sources, by class name. */
  private final Map<String, String> sources;

  private final List<Problem> warnings;

  /**
   * Whether all code of the folder was read without errors. If not, a missing class is no further
   * error, because it is probably in the code with errors.
   */
  private final boolean complete;

  private UserCode(
      Path folder,
      JarLoader jars,
      Map<String, CodeLoader> loaders,
      Map<String, String> files,
      Map<String, String> sources,
      String hash,
      List<Problem> warnings,
      boolean complete) {
    this.folder = folder;
    this.sources = sources;
    this.warnings = warnings;
    this.jars = jars;
    this.loaders = loaders;
    this.files = files;
    this.hash = hash;
    this.complete = complete;
  }

  /** Reads {@code filters/} and {@code processors/} for the first time. */
  public static UserCode load(Path folder, Problems problems) {
    return load(folder, Optional.empty(), true, List.of(), problems);
  }

  /** Reads {@code filters/} and {@code processors/} again. */
  public static UserCode load(Path folder, Optional<UserCode> before, Problems problems) {
    return load(folder, before, true, List.of(), problems);
  }

  /**
   * Reads {@code filters/} and {@code processors/}. A file that can't be read or compiled becomes a
   * problem.
   *
   * @param before an earlier reading: unchanged classes that name only unchanged classes are kept
   * @param checked whether permissions and owners of files are checked
   * @param options further options of javac
   */
  public static UserCode load(
      Path folder,
      Optional<UserCode> before,
      boolean checked,
      List<String> options,
      Problems problems) {
    var found = problems.size();
    List<CodeFile> files = List.of();
    try {
      files = CodeReader.read(folder, checked, problems);
      var hash = Hash.of(Hash.of(files), options);
      if (before.isPresent() && before.get().complete && before.get().hash.equals(hash)) {
        return before.get();
      }
      var kept = unchangedJars(files, before);
      var whole = kept.isPresent() ? files : JarCheck.whole(files, problems);
      var jars =
          kept.isPresent()
              ? kept.get()
              : Jars.of(files.stream().filter(CodeFile::jar).filter(whole::contains).toList());
      // without the jars that failed the check, the compiler would report errors in the sources
      // that use them
      var compiled =
          whole.size() < files.size()
              ? Compiled.NOTHING
              : JavaSources.compile(files, jars, options, problems);
      report(compiled, problems);
      var warnings = new ArrayList<>(compiled.warnings());
      warnings.addAll(ClassOrder.warnings(jars, compiled.files()));
      var resources =
          ResourceFiles.of(
              files.stream().filter(CodeFile::resource).toList(), compiled.resources(), warnings);
      var groups =
          ClassGroup.groups(compiled.classes(), jars.owners().keySet(), resources.providers());
      var sources =
          files.stream()
              .filter(CodeFile::source)
              .collect(Collectors.toMap(CodeFile::name, Function.identity()));
      var loader = jarLoader(jars, groups, resources, sources, compiled, before);
      var lines = Debugger.ofThisJvm().present();
      var classGroups =
          groups.stream()
              .filter(group -> !overrides(group, jars))
              .map(group -> ClassGroup.of(group, resources, loader.fingerprint(), lines))
              .toList();
      return new UserCode(
          folder,
          loader,
          loaders(classGroups, loader, sources, compiled, before),
          hashes(folder, files),
          compiled.files(),
          hash,
          List.copyOf(warnings),
          problems.size() == found);
    } catch (IOException e) {
      problems.add(Place.of(folder.toString()), "can't be read: %s", FileTrouble.reason(e));
      return new UserCode(
          folder,
          JarLoader.none(),
          Map.of(),
          hashes(folder, files),
          Map.of(),
          "",
          List.of(),
          false);
    }
  }

  /**
   * Adds a problem for each source that can never run, or else for each error of the compiler,
   * which may follow from such a source.
   */
  private static void report(Compiled compiled, Problems problems) {
    var before = problems.size();
    ClassOrder.check(compiled.files(), problems);
    if (problems.size() == before) {
      compiled.errors().forEach(error -> problems.add(error.place(), "%s", error.message()));
    }
  }

  /** Returns the jars of the earlier reading if no jar has changed since. */
  private static Optional<Jars> unchangedJars(List<CodeFile> files, Optional<UserCode> before) {
    return before
        .map(code -> code.jars.jars())
        .filter(jars ->
            jars.fingerprint().equals(Hash.of(files.stream().filter(CodeFile::jar).toList())));
  }

  /** Whether a class of the group has the same name as a class of a jar. */
  private static boolean overrides(ClassGroup.Members group, Jars jars) {
    return group.classes().keySet().stream().anyMatch(jars.owners()::containsKey);
  }

  private static JarLoader jarLoader(
      Jars jars,
      List<ClassGroup.Members> groups,
      ResourceFiles resources,
      Map<String, CodeFile> sources,
      Compiled compiled,
      Optional<UserCode> before) {
    var overriding = new TreeMap<String, byte[]>();
    groups.stream()
        .filter(group -> overrides(group, jars))
        .forEach(group -> overriding.putAll(group.classes()));
    var seen = JarLoader.seen(jars, overriding, resources);
    var fingerprint = JarLoader.fingerprint(jars, overriding, seen);
    var old = before.map(code -> code.jars);
    if (old.isPresent() && old.get().fingerprint().equals(fingerprint)) {
      return old.get();
    }
    var loader = new JarLoader(jars, overriding, seen, fingerprint);
    LoadedSources.keep(loader, texts(overriding.keySet(), sources, compiled));
    return loader;
  }

  private static Map<String, CodeLoader> loaders(
      List<ClassGroup> classGroups,
      JarLoader jars,
      Map<String, CodeFile> sources,
      Compiled compiled,
      Optional<UserCode> before) {
    var old = new HashMap<String, CodeLoader>();
    before.ifPresent(
        code -> code.loaders.values().forEach(loader -> old.put(loader.fingerprint(), loader)));
    var loaders = new HashMap<String, CodeLoader>();
    for (var group : classGroups) {
      var kept = old.get(group.fingerprint());
      var loader = kept == null ? new CodeLoader(group, jars) : kept;
      if (kept == null) {
        LoadedSources.keep(loader, texts(group.classes().keySet(), sources, compiled));
      }
      group.classes().keySet().forEach(name -> loaders.put(name, loader));
    }
    return Map.copyOf(loaders);
  }

  /**
   * Returns the sources of these classes as they were compiled, by class name; none for a class
   * that an annotation processor generated.
   *
   * @param sources the folder's sources, by their names
   */
  private static Map<String, LoadedSource> texts(
      Set<String> names, Map<String, CodeFile> sources, Compiled compiled) {
    var byFile = new HashMap<String, LoadedSource>();
    var texts = new HashMap<String, LoadedSource>();
    for (var name : names) {
      var source = sources.get(compiled.files().getOrDefault(name, ""));
      if (source != null) {
        texts.put(name, byFile.computeIfAbsent(source.name(), _ -> text(source)));
      }
    }
    return texts;
  }

  private static LoadedSource text(CodeFile source) {
    return new LoadedSource(source.path(), new String(source.content(), UTF_8));
  }

  /** The class loaders of all code of the folder. */
  public Set<ClassLoader> classLoaders() {
    var all = new HashSet<ClassLoader>(loaders.values());
    if (!jars.jars().copies().isEmpty()) {
      all.add(jars);
    }
    return all;
  }

  /** The classes of sources and jars that the JVM has loaded so far. */
  public List<Class<?>> loadedClasses() {
    var loaded = new ArrayList<Class<?>>(jars.loaded());
    new HashSet<>(loaders.values()).forEach(loader -> loaded.addAll(loader.loaded()));
    return loaded;
  }

  /** Returns the names of the classes that a class loader of users' code can load. */
  public static Collection<String> allClassNames(ClassLoader loader) {
    return switch (loader) {
      case CodeLoader code -> code.classNames();
      case JarLoader all -> all.classNames();
      default -> List.of();
    };
  }

  /** Describes the classes that a class loader of users' code can load, for the log. */
  public static String classNames(ClassLoader loader) {
    var names =
        loader instanceof CodeLoader code ? code.classNames() : List.of("those of all jars");
    return SecretMask.some(names, ",");
  }

  /**
   * Tells why a class was replaced although its own source did not change; empty if it did change,
   * or if the earlier class was kept.
   *
   * @param before the earlier reading
   */
  public Optional<String> replacedAlthoughUnchanged(String className, UserCode before) {
    return new ReplacementReason(this, before).of(className);
  }

  /** The class loader of a class from a source; null for a class of a jar, and for no class. */
  @Nullable CodeLoader loaderOf(String className) {
    return loaders.get(className);
  }

  JarLoader jars() {
    return jars;
  }

  /** The names of the classes from sources. */
  Set<String> sourceClasses() {
    return sources.keySet();
  }

  /** The hash of a file that was read; null if none of this path was read. */
  @Nullable String hashOf(String file) {
    return files.get(folder.relativize(Path.of(file)).toString());
  }

  /** The source of a class or nested class; empty for a class of a jar. */
  public Optional<Path> sourceOf(String className) {
    return Optional.ofNullable(sources.get(className)).map(Path::of);
  }

  /**
   * The sources that stand directly in {@code filters/} and have a class of their name of this
   * type, by the name of the class.
   */
  public Map<String, Path> filterSources(Class<?> type) {
    var found = new TreeMap<String, Path>();
    sources.forEach((name, source) -> {
      var path = Path.of(source);
      if (path.equals(folder.resolve("filters", name + ".java")) && implementsType(name, type)) {
        found.put(name, path);
      }
    });
    return found;
  }

  /** Warnings about the code, which runs nevertheless. */
  public List<Problem> warnings() {
    return warnings;
  }

  /** Whether a folder has exactly this code now; false if its files can't be read. */
  public boolean hasFilesOf(Path folder) {
    try {
      return files.equals(hashes(folder, CodeReader.read(folder, false, new Problems())));
    } catch (IOException e) {
      return false;
    }
  }

  /** The hashes of the files that were read, by their paths below the application's folder. */
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
   * A class that the settings name.
   *
   * @param kind the word in error messages: a filter, a class
   * @param others further valid names
   * @param place the place of the class's name
   */
  public record Wanted<T>(
      String kind, Class<T> type, String className, Collection<String> others, Place place) {}

  /**
   * Returns a factory for one of the folder's classes; empty with a problem if there is none.
   *
   * @param name the name of the link, in error messages
   * @param place the place of that name
   */
  public <T> Optional<InstanceFactory<T>> factory(
      Wanted<T> wanted, String name, Place place, Node options, Binder binder) {
    var loader = loaders.get(wanted.className);
    var code = loader == null ? jars.fingerprint() : loader.fingerprint();
    return find(wanted, binder.problems())
        .flatMap(found ->
            InstanceFactory.of(
                name,
                found,
                place,
                options,
                binder,
                () -> Hash.of(code, wanted.className, options.plain(), binder.contents())));
  }

  /**
   * Whether all code of the folder was read. If false, classes are missing because of an error that
   * was reported already.
   */
  public boolean complete() {
    return complete;
  }

  /** Whether the folder has a class of this name and type. */
  public boolean has(String className, Class<?> type) {
    return (loaders.containsKey(className)
            || jars.overriding().containsKey(className)
            || jars.jars().owners().containsKey(className))
        && implementsType(className, type);
  }

  private <T> Optional<Class<? extends T>> find(Wanted<T> wanted, Problems problems) {
    var type = wanted.type;
    var className = wanted.className;
    var place = wanted.place;
    try {
      var found = load(className);
      var unusable = ClassHints.unusable(found, type, fileOf(className));
      if (unusable.isEmpty()) {
        return Optional.of(found.asSubclass(type));
      }
      problems.add(place, "%s", unusable.get());
    } catch (ClassNotFoundException _) {
      if (complete) {
        var names = new ArrayList<>(wanted.others);
        names.addAll(implementing(type));
        var other = otherName(className, names);
        if (other.isPresent()) {
          problems.add(
              place,
              "unknown %s '%s': %s",
              wanted.kind,
              SecretMask.word(className, names),
              other.get());
          return Optional.empty();
        }
        problems.add(
            place,
            "unknown %s '%s'%s",
            wanted.kind,
            SecretMask.word(className, names),
            names.isEmpty()
                ? ": nothing in filters/ and processors/ implements " + type.getName()
                : Nearest.hint(className, names));
      }
    } catch (LinkageError e) {
      problems.add(
          place,
          "the class %s%s can't be loaded: %s",
          SecretMask.word(className),
          fileOf(className) == null ? "" : " in " + fileOf(className),
          CauseText.inWords(e));
    }
    return Optional.empty();
  }

  /** The source or the jar of a class; null if it is none of the folder's. */
  @Nullable String fileOf(String className) {
    var source = sources.get(className);
    if (source != null) {
      return source;
    }
    var jar = jars.jars().owners().get(className);
    return jar == null ? null : jar.name();
  }

  /**
   * Suggests the class that the user probably meant: one of the same simple name in a package, or
   * the class that the file of this name declares instead.
   */
  private Optional<String> otherName(String className, Collection<String> names) {
    var inPackage =
        names.stream()
            .filter(name -> name.endsWith("." + className) || name.endsWith("$" + className))
            .sorted()
            .toList();
    if (!inPackage.isEmpty()) {
      return Optional.of("write its whole name, '" + String.join("' or '", inPackage) + "'");
    }
    var bare =
        className.replaceFirst("^(filters|processors)/", "").replaceFirst("\\.(java|js)$", "");
    if (!bare.equals(className) && names.contains(bare.replace('/', '.'))) {
      return Optional.of("write '" + bare.replace('/', '.') + "'");
    }
    var file = "/" + className.replace('.', '/') + ".java";
    return sources.entrySet().stream()
        .filter(source -> ("/" + source.getValue()).endsWith(file))
        .filter(source -> names.contains(source.getKey()))
        .map(source -> "%s has '%s' instead".formatted(source.getValue(), source.getKey()))
        .sorted()
        .findFirst()
        .or(() -> ClassHints.file(folder, className));
  }

  /** The names of the classes that implement or extend this type, sorted. */
  public List<String> implementing(Class<?> type) {
    var names = new TreeSet<>(loaders.keySet());
    names.addAll(jars.classNames());
    var implementing = new ArrayList<String>();
    for (var name : names) {
      if (implementsType(name, type)) {
        implementing.add(name);
      }
    }
    return implementing;
  }

  private Class<?> load(String name) throws ClassNotFoundException {
    var loader = loaders.get(name);
    return Class.forName(name, false, loader == null ? jars : loader);
  }

  private boolean implementsType(String name, Class<?> type) {
    try {
      var found = load(name);
      return type.isAssignableFrom(found) && !Modifier.isAbstract(found.getModifiers());
    } catch (ClassNotFoundException | LinkageError _) {
      return false; // a class of a jar may need another one that is missing
    }
  }
}
