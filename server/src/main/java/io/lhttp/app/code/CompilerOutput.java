package io.lhttp.app.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import org.jspecify.annotations.Nullable;

/** Keeps the files in memory that the compiler and its annotation processors write. */
final class CompilerOutput extends ForwardingJavaFileManager<StandardJavaFileManager> {
  private final Map<String, InMemory> classes = new HashMap<>();
  private final Map<String, InMemory> others = new HashMap<>();

  /** The files of the user from which a class was compiled or generated, by class name. */
  private final Map<String, String> origins = new HashMap<>();

  private final Supplier<ClassLoader> processors;

  /**
   * @param processors gives the class loader of the annotation processors
   */
  CompilerOutput(StandardJavaFileManager files, Supplier<ClassLoader> processors) {
    super(files);
    this.processors = processors;
  }

  @Override
  public @Nullable ClassLoader getClassLoader(JavaFileManager.Location location) {
    return location == StandardLocation.ANNOTATION_PROCESSOR_PATH
        ? processors.get()
        : super.getClassLoader(location);
  }

  /** The class files, by class name. */
  Map<String, byte[]> classes() {
    return contents(classes);
  }

  /** The files that annotation processors wrote as resources, by their paths on the class path. */
  Map<String, byte[]> resources() {
    return contents(others);
  }

  /** The sources of the classes, by class name; without the classes of generated sources. */
  Map<String, String> origins() {
    return Map.copyOf(origins);
  }

  private static Map<String, byte[]> contents(Map<String, InMemory> files) {
    var contents = new HashMap<String, byte[]>();
    files.forEach((name, file) -> contents.put(name, file.bytes.toByteArray()));
    return contents;
  }

  @Override
  public JavaFileObject getJavaFileForOutput(
      JavaFileManager.Location location,
      String className,
      JavaFileObject.Kind kind,
      FileObject sibling) {
    var file = new InMemory(className.replace('.', '/') + kind.extension, kind);
    if (kind == JavaFileObject.Kind.CLASS) {
      classes.put(className, file);
      if (sibling instanceof SourceText source) {
        origins.put(className, source.file());
      }
    }
    return file;
  }

  @Override
  public FileObject getFileForOutput(
      JavaFileManager.Location location, String packageName, String name, FileObject sibling) {
    var path = packageName.isEmpty() ? name : packageName.replace('.', '/') + "/" + name;
    var file = new InMemory(path, JavaFileObject.Kind.OTHER);
    if (location == StandardLocation.CLASS_OUTPUT) {
      others.put(path, file);
    }
    return file;
  }

  @Override
  public FileObject getFileForInput(
      JavaFileManager.Location location, String packageName, String name) throws IOException {
    if (location.isOutputLocation()) {
      // annotation processors ask for files of an earlier build
      throw new FileNotFoundException(name);
    }
    return super.getFileForInput(location, packageName, name);
  }

  /** A file that the compiler wrote into memory. */
  private static final class InMemory extends SimpleJavaFileObject {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    InMemory(String path, Kind kind) {
      super(URI.create("memory:///" + path.replace(" ", "%20")), kind);
    }

    @Override
    public OutputStream openOutputStream() {
      bytes.reset();
      return bytes;
    }

    @Override
    public InputStream openInputStream() {
      return new ByteArrayInputStream(bytes.toByteArray());
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return bytes.toString(UTF_8);
    }
  }
}
