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
import java.io.File;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Compiles sources in memory, for the JDK that runs, against the server's own class path. */
final class JavaSources {
  private JavaSources() {}

  /**
   * The compiler's result.
   *
   * @param classes class files by class name
   * @param files the sources of the classes, by class name
   * @param resources files that annotation processors wrote for the class path, by their paths
   * @param warnings the compiler's warnings
   */
  record Compiled(
      Map<String, byte[]> classes,
      Map<String, String> files,
      Map<String, byte[]> resources,
      List<Problem> warnings) {
    static final Compiled NOTHING = new Compiled(Map.of(), Map.of(), Map.of(), List.of());
  }

  /**
   * Compiles all sources. Errors of the compiler become problems with the source line and a caret
   * below it.
   */
  static Compiled compile(List<CodeFile> sources, Jars jars, Problems problems) throws IOException {
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
    var messages = new CompilerMessages(jars.owners().keySet());
    try (var files =
        new CompilerOutput(compiler.getStandardFileManager(null, Locale.ROOT, UTF_8))) {
      var options =
          List.of(
              "-g", "-parameters", "-proc:none", "-nowarn", "-classpath", classPath(jars.paths()));
      var task = (JavacTask) compiler.getTask(null, files, messages::add, options, null, texts);
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
      task.call();
      messages.errors().forEach(error -> problems.add(error.place(), "%s", error.message()));
      return new Compiled(files.classes(), files.origins(), files.resources(), messages.warnings());
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
    return Stream.concat(
            Stream.of(System.getProperty("java.class.path")), jars.stream().map(Path::toString))
        .collect(Collectors.joining(File.pathSeparator));
  }
}
