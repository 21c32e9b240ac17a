package io.lhttp.app.code;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/** The classes of one reading of an application's folder: compiled ones, and those of its jars. */
final class CodeLoader extends URLClassLoader {
  static {
    registerAsParallelCapable();
  }

  private final Map<String, byte[]> compiled;

  CodeLoader(Map<String, byte[]> compiled, Collection<Path> jars) {
    super("application", urls(jars), CodeLoader.class.getClassLoader());
    this.compiled = Map.copyOf(compiled);
  }

  Set<String> compiledNames() {
    return compiled.keySet();
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    var bytes = compiled.get(name);
    return bytes == null ? super.findClass(name) : defineClass(name, bytes, 0, bytes.length);
  }

  private static URL[] urls(Collection<Path> jars) {
    return jars.stream().map(CodeLoader::url).toArray(URL[]::new);
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("every file has a URL: " + jar, e);
    }
  }
}
