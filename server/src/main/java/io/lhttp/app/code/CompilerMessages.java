package io.lhttp.app.code;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.JavaFileObject;

/**
 * Turns the compiler's messages into problems, and adds how to mend the error where that can be
 * told.
 */
final class CompilerMessages {
  private static final Pattern MISSING_CLASS = Pattern.compile("symbol:\\s+class (\\w+)");
  private static final Pattern MISSING_PACKAGE = Pattern.compile("package (\\S+) does not exist");
  private static final Pattern MISSING_METHOD = Pattern.compile("symbol:\\s+(?:method|variable) ");
  private static final Pattern WRONG_VERSION =
      Pattern.compile("class file has wrong version (\\d+)\\.\\d+");
  private static final String WARNINGS_ARE_ERRORS = "compiler.err.warnings.and.werror";
  private static final Pattern DUPLICATE = Pattern.compile("duplicate class: (\\S+)");

  /** Packages of which an error message may suggest an import. */
  private static final List<String> PACKAGES =
      List.of(
          "io.lhttp",
          "io.lhttp.message",
          "io.lhttp.channel",
          "java.util",
          "java.util.concurrent",
          "java.util.concurrent.atomic",
          "java.util.function",
          "java.util.regex",
          "java.util.stream",
          "java.io",
          "java.net",
          "java.net.http",
          "java.nio.file",
          "java.sql",
          "java.time");

  /** The codes of messages by annotation processors, or about them. */
  private static final Pattern OF_PROCESSOR = Pattern.compile("compiler\\.(err|warn)\\.proc\\..*");

  /** The JVM's message that code uses a package that its module does not export. */
  private static final Pattern CLOSED =
      Pattern.compile("module ([\\w.]+) does not \"?(?:exports?|opens?) ([\\w.]+)\"? to");

  private static final Pattern COMPILERS_OWN = Pattern.compile("com[./]sun[./]tools[./]javac");

  private final Jars jars;

  /**
   * The files that declare a class of the same name, in the order in which the compiler read them,
   * by class name.
   */
  private final Map<String, List<String>> declared = new HashMap<>();

  private final List<Diagnostic<? extends JavaFileObject>> diagnostics = new ArrayList<>();

  /**
   * @param jars the folder's jars, whose classes and annotation processors the sources use
   */
  CompilerMessages(Jars jars) {
    this.jars = jars;
  }

  void add(Diagnostic<? extends JavaFileObject> diagnostic) {
    diagnostics.add(diagnostic);
  }

  /**
   * Remembers that a file declares a class. Must be called for all classes before the messages are
   * turned into problems.
   */
  void declared(String className, String file) {
    declared.computeIfAbsent(className, _ -> new ArrayList<>()).add(file);
  }

  /**
   * Returns the errors. With {@code -Werror}, the warnings stand before the message that they count
   * as errors.
   */
  List<Problem> errors() {
    var strict = errors(true);
    var warnings = strict.isEmpty() ? List.<Problem>of() : warnings();
    return Stream.of(errors(false), warnings, strict).flatMap(List::stream).toList();
  }

  /**
   * @param strict true for the message that warnings count as errors, false for all other errors
   */
  private List<Problem> errors(boolean strict) {
    return diagnostics.stream()
        .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
        .filter(one -> WARNINGS_ARE_ERRORS.equals(one.getCode()) == strict)
        .map(this::problem)
        .toList();
  }

  /** The file that declares each class, by class name. */
  Map<String, String> files() {
    var files = new TreeMap<String, String>();
    declared.forEach((name, names) -> files.put(name, names.getFirst()));
    return files;
  }

  /** Returns the warnings about a line of a source, and those of annotation processors. */
  List<Problem> warnings() {
    return diagnostics.stream()
        .filter(one ->
            one.getKind() == Diagnostic.Kind.WARNING
                || one.getKind() == Diagnostic.Kind.MANDATORY_WARNING)
        .filter(one -> isAboutSource(one) || "compiler.warn.proc.messager".equals(one.getCode()))
        .map(this::problem)
        .toList();
  }

  private static boolean isAboutSource(Diagnostic<? extends JavaFileObject> diagnostic) {
    return diagnostic.getSource() instanceof SourceText
        && diagnostic.getPosition() != Diagnostic.NOPOS;
  }

  private Problem problem(Diagnostic<? extends JavaFileObject> diagnostic) {
    var message = withoutCopies(diagnostic.getMessage(Locale.ROOT));
    if (diagnostic.getSource() instanceof SourceText source && isAboutSource(diagnostic)) {
      var position = (int) diagnostic.getPosition();
      var place = source.place(position);
      return new Problem(
          place, "%s%s\n%s".formatted(message, remedy(message, place), source.excerpt(position)));
    }
    var ofProcessor = OF_PROCESSOR.matcher(String.valueOf(diagnostic.getCode())).matches();
    return new Problem(Place.of(ofProcessor ? jars.processorNames() : "javac"), message);
  }

  /** Replaces the paths of the jars' copies, which users do not know, by those of the jars. */
  private String withoutCopies(String message) {
    var text = message;
    for (var copy : jars.copies()) {
      text = text.replace(copy.path().toString(), copy.name());
    }
    return text.replaceFirst("\n *Please remove or make sure it appears [^\n]*", "");
  }

  /** Whether sources use Lombok, and no jar has it. */
  private boolean lombokIsMissing() {
    return diagnostics.stream()
        .map(one -> MISSING_PACKAGE.matcher(one.getMessage(Locale.ROOT)))
        .anyMatch(missing -> missing.find() && missing.group(1).startsWith("lombok"));
  }

  private String remedy(String message, Place place) {
    var duplicate = DUPLICATE.matcher(message);
    if (duplicate.find()) {
      var others =
          declared.getOrDefault(duplicate.group(1), List.of()).stream()
              .filter(file -> !file.equals(place.source()))
              .distinct()
              .toList();
      return others.isEmpty() ? "" : ", which is in " + String.join(" and in ", others) + ", too";
    }
    var missing = MISSING_CLASS.matcher(message);
    if (missing.find()) {
      var imports = imports(missing.group(1));
      return imports.isEmpty()
          ? lombokIsMissing() ? "\n  is it one of Lombok's? Its jar is missing" : ""
          : "\n  is missing: import " + String.join("; or import ", imports) + ";";
    }
    if (MISSING_METHOD.matcher(message).find() && lombokIsMissing()) {
      return "\n  would Lombok write it? Its jar is missing";
    }
    var missingPackage = MISSING_PACKAGE.matcher(message);
    if (missingPackage.find()) {
      return "\n  no source and no jar in filters/ and processors/ has this package: put the jar there";
    }
    var version = WRONG_VERSION.matcher(message);
    if (version.find()) {
      return "\n  the jar is " + ClassHints.compiledFor(version.group(1));
    }
    if (message.contains("illegal character: '\\ufeff'")) {
      return "\n  the file begins with a byte order mark: save it without one";
    }
    if (message.contains("(use --enable-preview")) {
      return "\n  it needs java: { options: [--enable-preview] } in lhttp.yaml, and a server that was started"
          + " with LHTTP_JAVA_OPTIONS=--enable-preview";
    }
    return "";
  }

  /**
   * Returns how to mend the failure of an annotation processor that uses internal classes of the
   * compiler, which change with each JDK; empty for all other failures.
   */
  static String remedy(Throwable thrown) {
    var text = CauseText.inWords(thrown);
    var closed = CLOSED.matcher(text);
    if (closed.find()) {
      return "\n  start the server with LHTTP_JAVA_OPTIONS=--add-%s=%s/%s=ALL-UNNAMED"
          .formatted(
              text.contains("InaccessibleObjectException") ? "opens" : "exports",
              closed.group(1),
              closed.group(2));
    }
    return COMPILERS_OWN.matcher(text).find()
        ? "\n  does this version of the processor support JDK %d? Take a newer one"
            .formatted(Runtime.version().feature())
        : "";
  }

  /** Returns the full names of known classes with this simple name. */
  private List<String> imports(String simpleName) {
    var known =
        PACKAGES.stream()
            .map(name -> name + "." + simpleName)
            .filter(name ->
                CompilerMessages.class.getResource("/" + name.replace('.', '/') + ".class") != null
                    || inJdk(name));
    var users =
        Stream.concat(declared.keySet().stream(), jars.owners().keySet().stream())
            .filter(name -> name.endsWith("." + simpleName));
    return List.copyOf(new TreeSet<>(Stream.concat(known, users).toList()));
  }

  private static boolean inJdk(String name) {
    return ClassLoader.getPlatformClassLoader().getResource(name.replace('.', '/') + ".class")
        != null;
  }
}
