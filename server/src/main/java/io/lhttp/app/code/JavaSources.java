package io.lhttp.app.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Problems;
import io.lhttp.internal.log.Loggable;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compiles sources in memory for the running JDK, against the server's own class path. */
final class JavaSources {
  private static final Logger log = LoggerFactory.getLogger(JavaSources.class);

  /** The compiler prints this line if it ends for want of memory, and then returns. */
  private static final String OUT_OF_MEMORY = "\n" + OutOfMemoryError.class.getName() + ":";

  private JavaSources() {}

  /**
   * The result of a compilation.
   *
   * @param classes class files by class name
   * @param files the sources of the classes, by class name; after errors also of classes that were
   *     not compiled
   * @param resources files that annotation processors wrote as resources, by their paths on the
   *     class path
   * @param warnings the compiler's warnings
   * @param errors the compiler's errors, each with the line of the source and a caret below it
   */
  record Compiled(
      Map<String, byte[]> classes,
      Map<String, String> files,
      Map<String, byte[]> resources,
      List<Problem> warnings,
      List<Problem> errors) {
    static final Compiled NOTHING =
        new Compiled(Map.of(), Map.of(), Map.of(), List.of(), List.of());
  }

  /**
   * Compiles all sources. An obstacle to that, such as a missing compiler, becomes a problem.
   *
   * @param files the sources, and the resources that annotation processors may read
   * @param further the compiler options of the user
   */
  static Compiled compile(List<CodeFile> files, Jars jars, List<String> further, Problems problems)
      throws IOException {
    var sources = files.stream().filter(CodeFile::source).toList();
    if (sources.isEmpty()) {
      return Compiled.NOTHING;
    }
    var texts = new ArrayList<SourceText>();
    for (var source : sources) {
      try {
        texts.add(new SourceText(source));
      } catch (CharacterCodingException _) {
        problems.add(Place.of(source.name()), "not UTF-8");
      }
    }
    var compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      problems.add(
          Place.of(sources.getFirst().name()),
          "this Java runtime has no compiler: run the server with a JDK, or put the classes in a jar");
      return Compiled.NOTHING;
    }
    var written = new StringWriter();
    var messages = new CompilerMessages(jars);
    var resources = files.stream().filter(CodeFile::resource).toList();
    try (var output =
        new CompilerOutput(
            compiler.getStandardFileManager(null, Locale.ROOT, UTF_8),
            () -> jars.processorLoader(Hash.of(resources)))) {
      var task =
          (JavacTask)
              compiler.getTask(written, output, messages::add, options(jars, further), null, texts);
      task.addTaskListener(
          new TaskListener() {
            @Override
            public void finished(TaskEvent event) {
              if (event.getKind() == TaskEvent.Kind.PARSE) {
                texts.stream()
                    .filter(text -> text.toUri().equals(event.getSourceFile().toUri()))
                    .forEach(text -> declare(event.getCompilationUnit(), text, messages));
              }
            }
          });
      call(task, jars, written, problems);
      var paths = new TreeMap<>(messages.files());
      paths.putAll(output.origins());
      return new Compiled(
          output.classes(), paths, output.resources(), messages.warnings(), messages.errors());
    }
  }

  private static List<String> options(Jars jars, List<String> further) {
    var options =
        new ArrayList<>(List.of("-g", "-parameters", "-classpath", classPath(jars.paths())));
    if (jars.processors().isEmpty()) {
      options.add("-proc:none");
    } else {
      options.add("-proc:full");
      options.add("-processorpath");
      options.add(joined(jars.paths().stream().map(Path::toString)));
    }
    if (further.contains("--enable-preview")) {
      options.addAll(List.of("--release", String.valueOf(Runtime.version().feature())));
    }
    options.addAll(further);
    return options;
  }

  /**
   * Runs the compiler. If an annotation processor throws, that becomes a problem that names the
   * processor's jar. If the memory does not suffice, the error is thrown, which the compiler itself
   * only prints.
   */
  private static void call(JavacTask task, Jars jars, StringWriter written, Problems problems) {
    try {
      task.call();
    } catch (RuntimeException | LinkageError e) {
      var cause = Loggable.cause(e);
      var thrown = cause == null ? e : cause;
      if (thrown instanceof OutOfMemoryError exhausted) {
        throw exhausted; // the JVM's fault, and not a processor's
      }
      problems.add(
          Place.of(jars.processorsOf(thrown)),
          "an annotation processor failed: %s%s",
          CauseText.inWords(thrown),
          CompilerMessages.remedy(thrown));
    }
    if (written.toString().contains(OUT_OF_MEMORY)) {
      throw new OutOfMemoryError("the Java compiler");
    }
    if (!written.toString().isBlank()) {
      log.warn("javac: {}", written.toString().strip());
    }
  }

  private static void declare(
      CompilationUnitTree unit, SourceText source, CompilerMessages messages) {
    var name = unit.getPackageName();
    var prefix = name == null ? "" : name + ".";
    for (var type : unit.getTypeDecls()) {
      if (type instanceof ClassTree declared) {
        messages.declared(prefix + declared.getSimpleName(), source.file());
      }
    }
  }

  private static String classPath(List<Path> jars) {
    return joined(
        Stream.concat(
            Stream.of(System.getProperty("java.class.path")), jars.stream().map(Path::toString)));
  }

  private static String joined(Stream<String> paths) {
    return paths.collect(Collectors.joining(File.pathSeparator));
  }
}
