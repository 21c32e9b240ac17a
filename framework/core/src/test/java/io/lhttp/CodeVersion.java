package io.lhttp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.tools.ToolProvider;

/** One version of a user's code, compiled for a test, with a class loader of its own. */
public record CodeVersion(ClassLoader loader) {
  /**
   * Compiles sources.
   *
   * @param folder the parent of a new folder for the classes
   */
  public static CodeVersion of(Path folder, String... sources) throws Exception {
    var to = Files.createTempDirectory(folder, "version");
    var file = Files.writeString(to.resolve("Code.java"), String.join("\n", sources));
    var compiler = ToolProvider.getSystemJavaCompiler();
    var errors = new StringWriter();
    var options = List.of("-d", to.toString(), "-cp", System.getProperty("java.class.path"));
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var done =
          compiler
              .getTask(errors, files, null, options, null, files.getJavaFileObjects(file))
              .call();
      assertThat(done).as(errors.toString()).isTrue();
    }
    return new CodeVersion(
        new URLClassLoader(new URL[] {to.toUri().toURL()}, CodeVersion.class.getClassLoader()));
  }

  /** Returns a class by its name. */
  public Class<?> type(String name) throws ClassNotFoundException {
    return Class.forName(name, true, loader);
  }

  /** Creates an instance with the first constructor. */
  public Object make(String name, Object... arguments) throws Exception {
    var constructor = type(name).getDeclaredConstructors()[0];
    constructor.setAccessible(true);
    return constructor.newInstance(arguments);
  }

  /** Returns a constant of an enum. */
  public Object constant(String type, String name) throws Exception {
    for (var constant : Objects.requireNonNull(type(type).getEnumConstants())) {
      if (constant.toString().equals(name)) {
        return constant;
      }
    }
    throw new AssertionError(name);
  }
}
