package io.lhttp.app.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problems;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles sources in memory, for the JDK that runs, against the server's own class path. */
final class JavaSources {
  private JavaSources() {}

  /**
   * Returns the class files by class name. Errors of the compiler become problems with the source
   * line and a caret below it.
   */
  static Map<String, byte[]> compile(
      List<CodeFile> sources, Collection<Path> jars, Problems problems) throws IOException {
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
      return Map.of();
    }
    try (var files = new MemoryFiles(compiler.getStandardFileManager(null, Locale.ROOT, UTF_8))) {
      var options =
          List.of("-g", "-parameters", "-proc:none", "-nowarn", "-classpath", classPath(jars));
      compiler
          .getTask(null, files, diagnostic -> tell(diagnostic, problems), options, null, texts)
          .call();
      return files.classes();
    }
  }

  private static String classPath(Collection<Path> jars) {
    return Stream.concat(
            Stream.of(System.getProperty("java.class.path")), jars.stream().map(Path::toString))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static void tell(Diagnostic<? extends JavaFileObject> diagnostic, Problems problems) {
    if (diagnostic.getKind() != Diagnostic.Kind.ERROR) {
      return;
    }
    var message = diagnostic.getMessage(Locale.ROOT);
    if (diagnostic.getSource() instanceof SourceText source
        && diagnostic.getPosition() != Diagnostic.NOPOS) {
      var position = (int) diagnostic.getPosition();
      problems.add(source.place(position), "%s\n%s", message, source.excerpt(position));
    } else {
      problems.add(Place.of("javac"), "%s", message);
    }
  }

  /** The text of a source. */
  private static final class SourceText extends SimpleJavaFileObject {
    private final String name;
    private final String text;

    SourceText(CodeFile file) throws CharacterCodingException {
      super(file.path().toUri(), Kind.SOURCE);
      this.name = file.name();
      this.text = UTF_8.newDecoder().decode(ByteBuffer.wrap(file.content())).toString();
    }

    @Override
    public String getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }

    Place place(int position) {
      var before = text.substring(0, position);
      var line = before.chars().filter(c -> c == '\n').count() + 1;
      return new Place(name, (int) line, position - lineStart(position) + 1);
    }

    /** Returns the line with a caret below the position. */
    String excerpt(int position) {
      var start = lineStart(position);
      var line = text.substring(start).lines().findFirst().orElse("");
      var indent = text.substring(start, position).replaceAll("[^\t]", " ");
      return "    " + line + "\n    " + indent + "^";
    }

    private int lineStart(int position) {
      return text.lastIndexOf('\n', position - 1) + 1;
    }
  }

  /** Keeps the compiler's output in memory. */
  private static final class MemoryFiles
      extends ForwardingJavaFileManager<StandardJavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    MemoryFiles(StandardJavaFileManager files) {
      super(files);
    }

    Map<String, byte[]> classes() {
      return written.entrySet().stream()
          .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().toByteArray()));
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        JavaFileManager.Location location,
        String className,
        JavaFileObject.Kind kind,
        FileObject sibling) {
      return new SimpleJavaFileObject(
          URI.create("memory:///" + className.replace('.', '/') + kind.extension), kind) {
        @Override
        public OutputStream openOutputStream() {
          var bytes = new ByteArrayOutputStream();
          written.put(className, bytes);
          return bytes;
        }
      };
    }
  }
}
