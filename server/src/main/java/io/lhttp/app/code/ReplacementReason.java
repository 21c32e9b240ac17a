package io.lhttp.app.code;

import io.lhttp.app.config.SecretMask;
import io.lhttp.app.debug.Debugger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Tells why a class of a folder was replaced although its own source did not change, by comparing
 * two readings of the folder.
 */
record ReplacementReason(UserCode now, UserCode before) {

  /** Returns empty if the source did change, or if the earlier class was kept. */
  Optional<String> of(String className) {
    var loader = now.loaderOf(className);
    var old = before.loaderOf(className);
    if (loader == null || old == null) {
      return fileChanged(className) ? Optional.empty() : jarsChanged(className);
    } else if (loader.fingerprint().equals(old.fingerprint())) {
      return Optional.empty();
    }
    var changed = differences(loader.classFiles(), old.classFiles(), ClassGroup::withoutDebug);
    if (changed.isEmpty()) {
      return jarsChanged(className)
          .or(() -> linesChanged(loader, old))
          .or(() -> Optional.of(resourcesChanged()));
    } else if (!changed.contains(className)) {
      return Optional.of(connectedWith(changed));
    } else if (fileChanged(className)) {
      return Optional.empty();
    }
    var connected = changed.stream().filter(name -> fileChanged(name)).toList();
    return Optional.of(connected.isEmpty() ? compiledAnew() : connectedWith(connected));
  }

  private static String connectedWith(List<String> classes) {
    return "it is connected with " + SecretMask.some(classes, ", ");
  }

  /** The change of the class loader of the jars that a class notices; empty if there is none. */
  private Optional<String> jarsChanged(String className) {
    if (now.jars().fingerprint().equals(before.jars().fingerprint())) {
      return Optional.empty();
    }
    var files = changedFiles(name -> name.endsWith(".jar"));
    var sources =
        differences(now.jars().overriding(), before.jars().overriding(), ClassGroup::withoutDebug);
    var others =
        sources.stream()
            .filter(name -> !name.equals(className) && !name.startsWith(className + "$"))
            .toList();
    if (files.isEmpty() && others.isEmpty() && !sources.isEmpty()) {
      return Optional.of(compiledAnew());
    }
    return Optional.of(
        files.isEmpty() && others.isEmpty()
            ? resourcesChanged()
            : "it may use " + SecretMask.some(files.isEmpty() ? others : files, ", "));
  }

  /** The change of the numbers of lines, if these count; empty if there is none. */
  private static Optional<String> linesChanged(CodeLoader loader, CodeLoader old) {
    var moved =
        Debugger.ofThisJvm().present()
            ? differences(loader.classFiles(), old.classFiles(), bytes -> bytes)
            : List.<String>of();
    return moved.isEmpty()
        ? Optional.empty()
        : Optional.of("debuggers need the new lines of " + SecretMask.some(moved, ", "));
  }

  private String resourcesChanged() {
    var files = changedFiles(name -> !name.endsWith(".jar") && !name.endsWith(".java"));
    return files.isEmpty()
        ? "a generated resource changed"
        : "it may read " + SecretMask.some(files, ", ");
  }

  /** The reason why the compiler makes another class of an unchanged source. */
  private String compiledAnew() {
    var owners = new TreeSet<String>();
    before.sourceClasses().stream()
        .filter(name -> fileChanged(name))
        .filter(name -> !constants(now, name).equals(constants(before, name)))
        .forEach(name -> owners.add(name.replaceFirst("\\$.*", "")));
    var files = changedFiles(name -> name.endsWith(".jar"));
    if (owners.isEmpty() && !files.isEmpty()) {
      return "it is compiled with " + SecretMask.some(files, ", ");
    }
    return switch (owners.size()) {
      case 0 -> "it is compiled otherwise";
      case 1 -> "a constant of %s is compiled into it".formatted(owners.first());
      default -> "a constant is compiled into it";
    };
  }

  /** The constants of a source's class that the compiler puts into other classes. */
  private static Map<String, Object> constants(UserCode code, String className) {
    var loader = code.loaderOf(className);
    var classes = loader == null ? code.jars().overriding() : loader.classFiles();
    var bytes = classes.get(className);
    return bytes == null ? Map.of() : ClassGroup.constants(bytes);
  }

  /** The names of classes that only one of the two has, or that both have in different forms. */
  private static List<String> differences(
      Map<String, byte[]> classes, Map<String, byte[]> others, UnaryOperator<byte[]> form) {
    var names = new TreeSet<>(classes.keySet());
    names.addAll(others.keySet());
    names.removeIf(name -> {
      var own = classes.get(name);
      var other = others.get(name);
      return own != null && other != null && Arrays.equals(form.apply(own), form.apply(other));
    });
    return List.copyOf(names);
  }

  private List<String> changedFiles(Predicate<String> wanted) {
    var names = new TreeSet<>(now.files().keySet());
    names.addAll(before.files().keySet());
    return names.stream()
        .filter(wanted)
        .filter(name -> !Objects.equals(now.files().get(name), before.files().get(name)))
        .toList();
  }

  /**
   * Whether the source or the jar of a class has other content than at the earlier reading, or the
   * class has another file; true for a class of neither reading.
   */
  private boolean fileChanged(String className) {
    var file = now.fileOf(className);
    return file == null
        || !file.equals(before.fileOf(className))
        || !Objects.equals(now.hashOf(file), before.hashOf(file));
  }
}
