package io.lhttp.app.code;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;

/**
 * Loads the classes of all jars of the folder, because jars may need each other in ways that no
 * check finds. It reads copies of the jars, so that a replaced jar does not change running code,
 * and deletes the copies when it is closed.
 */
final class JarLoader extends URLClassLoader {
  private static final Cleaner CLEANER = Cleaner.create();

  static {
    registerAsParallelCapable();
  }

  private final List<Path> copies;
  private final String fingerprint;

  private JarLoader(List<Path> copies, String fingerprint) {
    super("application jars", urls(copies), JarLoader.class.getClassLoader());
    this.copies = List.copyOf(copies);
    this.fingerprint = fingerprint;
  }

  static JarLoader none() {
    return new JarLoader(List.of(), "");
  }

  static JarLoader of(List<CodeFile> jars) throws IOException {
    var copies = new ArrayList<Path>();
    for (var jar : jars) {
      var copy = Files.createTempFile("lhttp-", ".jar");
      copy.toFile().deleteOnExit();
      Files.write(copy, jar.content());
      copies.add(copy);
    }
    var loader = new JarLoader(copies, Hash.of(jars));
    CLEANER.register(loader, () -> copies.forEach(copy -> copy.toFile().delete()));
    return loader;
  }

  List<Path> copies() {
    return copies;
  }

  /** The fingerprint of all jars. */
  String fingerprint() {
    return fingerprint;
  }

  /** The names of all classes in the jars. */
  List<String> classNames() throws IOException {
    var names = new ArrayList<String>();
    for (var copy : copies) {
      try (var jar = new JarFile(copy.toFile())) {
        jar.stream()
            .map(entry -> entry.getName())
            .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
            .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
            .forEach(names::add);
      }
    }
    return names;
  }

  private static URL[] urls(List<Path> jars) {
    return jars.stream().map(JarLoader::url).toArray(URL[]::new);
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("every file has a URL: " + jar, e);
    }
  }
}
