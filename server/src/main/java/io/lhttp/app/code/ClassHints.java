package io.lhttp.app.code;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.scripts.modules.ScriptNames;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says why a class can't be a link of the chain, and what to do about it. */
final class ClassHints {
  /** The most files that are looked at for one name. */
  private static final int MOST_FILES = 10_000;

  private static final int FIRST_VERSION = 44;

  private static final Pattern VERSION = Pattern.compile("class file version (\\d+)\\.");
  private static final Pattern CLASS = Pattern.compile("[\\p{L}\\p{N}_$/]+");

  private static final Map<String, String> ENDINGS =
      Map.ofEntries(
          Map.entry("class", "is a class file: put it into a jar"),
          Map.entry("mts", "must have a name that ends in .ts"),
          Map.entry("cts", "must be a module with a name that ends in .ts"),
          Map.entry("tsx", "has tags in its code: write it as .ts without them"),
          Map.entry("mjs", "must have a name that ends in .js"),
          Map.entry("cjs", "must be a module with a name that ends in .js"),
          Map.entry("kt", "is no Java: compile it into a jar"),
          Map.entry("groovy", "is no Java: compile it into a jar"),
          Map.entry("scala", "is no Java: compile it into a jar"),
          Map.entry("txt", "must have a name that ends in .java, .js or .ts"));

  private ClassHints() {}

  /**
   * Says why no instance of a class can be a link; empty if the class may be one.
   *
   * @param type the interface of such links
   * @param file the source or jar of the class; null if it is none of the folder's
   */
  static Optional<String> unusable(Class<?> found, Class<?> type, @Nullable String file) {
    var name = "the class " + found.getName() + (file == null ? "" : " in " + file);
    if (!type.isAssignableFrom(found)) {
      return Optional.of(
          name + " does not implement " + type.getName() + remedy(found, type, file != null));
    } else if (found.isInterface()) {
      return Optional.of(
          "%s is an interface: name a class that implements it".formatted(found.getName()));
    } else if (Modifier.isAbstract(found.getModifiers())) {
      return Optional.of(name + " is abstract: name a class that extends it");
    }
    return Optional.empty();
  }

  private static String remedy(Class<?> found, Class<?> type, boolean own) {
    if (Filter.class.isAssignableFrom(found)) {
      return ": it is a filter, which 'chain' names";
    } else if (Processor.class.isAssignableFrom(found)) {
      return ": it is a processor, which 'processors' names, with its command";
    }
    return own
        ? ": declare it 'class %s implements %s'".formatted(found.getSimpleName(), type.getName())
        : "";
  }

  /** Says which constructors a class has instead of one that a link may have. */
  static String constructors(Class<?> type) {
    if (type.isEnum()) {
      return ": it is an enum, declare it as a class";
    } else if (type.isMemberClass() && !Modifier.isStatic(type.getModifiers())) {
      return ": it is an inner class, declare it static";
    }
    var constructors = type.getDeclaredConstructors();
    return constructors.length == 0
        ? ""
        : ": it has "
            + Arrays.stream(constructors)
                .map(ClassHints::signature)
                .sorted()
                .limit(3)
                .collect(Collectors.joining(" and "));
  }

  private static String signature(Constructor<?> constructor) {
    return (Modifier.isPrivate(constructor.getModifiers()) ? "the private " : "")
        + constructor.getDeclaringClass().getSimpleName()
        + Arrays.stream(constructor.getParameterTypes())
            .map(Class::getSimpleName)
            .collect(Collectors.joining(", ", "(", ")"));
  }

  /** Says what is missing for a class that can't be loaded or initialised; empty if not known. */
  static String missing(Throwable thrown) {
    var message = String.valueOf(CauseText.message(thrown));
    if (thrown instanceof UnsupportedClassVersionError) {
      var version = VERSION.matcher(message);
      return version.find() ? "\n      it is " + compiledFor(version.group(1)) : "";
    }
    return thrown instanceof NoClassDefFoundError && CLASS.matcher(message).matches()
        ? "\n      no jar in filters/ and processors/ has " + message.replace('/', '.')
        : "";
  }

  /**
   * Says for which Java a class is compiled, and on which the server runs.
   *
   * @param version the major version of the class file
   */
  static String compiledFor(String version) {
    return "compiled for Java %d, and the server runs on Java %d"
        .formatted(Integer.parseInt(version) - FIRST_VERSION, Runtime.version().feature());
  }

  /**
   * Says which file was probably meant by a name that no class and no script has; empty if there is
   * none.
   */
  static Optional<String> file(Path folder, String name) {
    var simple = name.substring(name.lastIndexOf('.') + 1);
    var hints = new TreeMap<String, String>();
    try {
      Files.walkFileTree(folder, new Search(folder, simple, hints));
    } catch (IOException _) {
      return Optional.empty(); // the error is then shown without a hint
    }
    return hints.entrySet().stream()
        .findFirst()
        .map(hint -> folder.resolve(hint.getKey()) + " " + hint.getValue());
  }

  /** Collects hints by the paths of the files that have the name. */
  private static final class Search extends SimpleFileVisitor<Path> {
    private final Path folder;
    private final String name;
    private final Map<String, String> hints;
    private int files;

    Search(Path folder, String name, Map<String, String> hints) {
      this.folder = folder;
      this.name = name;
      this.hints = hints;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
      return !path.equals(folder) && CodeFolders.isAside(path)
          ? FileVisitResult.SKIP_SUBTREE
          : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
      var file = path.getFileName().toString();
      var dot = file.lastIndexOf('.');
      var stem = dot < 0 ? file : file.substring(0, dot);
      var ending = dot < 0 ? "" : file.substring(dot + 1);
      var in = folder.relativize(path);
      if (stem.equals(name)
          || stem.equals(name + ".java")
          || stem.equals(name + ".js")
          || stem.equals(name + ".ts")) {
        var hint = ENDINGS.get(ending);
        if (hint != null) {
          hints.put(in.toString(), hint);
        } else if (ScriptNames.stem(file).isPresent()) {
          hints.put(
              in.toString(),
              in.startsWith("processors")
                  ? "is the script of a processor, and a filter's is in filters/"
                  : "must be in filters/ itself");
        } else if (ending.equals("java") && !CodeFolders.NAMES.contains(in.getName(0).toString())) {
          hints.put(in.toString(), "must be in filters/ or processors/");
        }
      }
      return ++files < MOST_FILES ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException e) {
      return FileVisitResult.CONTINUE;
    }
  }
}
