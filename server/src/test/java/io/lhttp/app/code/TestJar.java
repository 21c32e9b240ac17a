package io.lhttp.app.code;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.app.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Writes a jar with compiled sources, for tests. */
public final class TestJar {
  private final Path file;
  private final List<CodeFile> sources = new ArrayList<>();
  private final Map<String, byte[]> entries = new LinkedHashMap<>();

  public TestJar(Path file) {
    this.file = file;
  }

  public TestJar source(String path, String text) {
    sources.add(new CodeFile(Path.of("/" + path), path, path, text.getBytes(UTF_8)));
    return this;
  }

  public TestJar entry(String path, String text) {
    return entry(path, text.getBytes(UTF_8));
  }

  public TestJar entry(String path, byte[] content) {
    entries.put(path, content);
    return this;
  }

  /** Adds classes of these sources below a folder of the jar. */
  public TestJar classes(String folder, String path, String text) throws IOException {
    var source = new CodeFile(Path.of("/" + path), path, path, text.getBytes(UTF_8));
    compile(List.of(source)).forEach((name, bytes) -> entry(folder + entryName(name), bytes));
    return this;
  }

  /** Adds a JDBC driver {@code x.WordsDriver} with this text, which registers itself. */
  public TestJar driver(String text) {
    return source(
            "x/WordsDriver.java",
            """
            package x;
            public class WordsDriver implements java.sql.Driver {
              static {
                try {
                  java.sql.DriverManager.registerDriver(new WordsDriver());
                } catch (java.sql.SQLException e) {
                  throw new IllegalStateException(e);
                }
              }
              public java.sql.Connection connect(String url, java.util.Properties p) { return null; }
              public boolean acceptsURL(String url) { return url.startsWith("jdbc:words:"); }
              public java.sql.DriverPropertyInfo[] getPropertyInfo(String u, java.util.Properties p) {
                return new java.sql.DriverPropertyInfo[0];
              }
              public int getMajorVersion() { return 1; }
              public int getMinorVersion() { return 0; }
              public boolean jdbcCompliant() { return false; }
              public java.util.logging.Logger getParentLogger() { return null; }
              public String toString() { return "%s"; }
            }
            """
                .formatted(text))
        .entry("META-INF/services/java.sql.Driver", "x.WordsDriver");
  }

  public void write() throws IOException {
    if (!sources.isEmpty()) {
      compile(sources).forEach((name, bytes) -> entry(entryName(name), bytes));
    }
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MULTI_RELEASE, "true");
    Files.createDirectories(file.getParent());
    try (var jar = new JarOutputStream(Files.newOutputStream(file), manifest)) {
      for (var entry : entries.entrySet()) {
        jar.putNextEntry(new JarEntry(entry.getKey()));
        jar.write(entry.getValue());
        jar.closeEntry();
      }
    }
  }

  private static Map<String, byte[]> compile(List<CodeFile> sources) throws IOException {
    var problems = new Problems();
    var compiled = JavaSources.compile(sources, Jars.none(), List.of(), problems);
    if (!problems.found().isEmpty() || !compiled.errors().isEmpty()) {
      throw new IllegalArgumentException("%s %s".formatted(problems.found(), compiled.errors()));
    }
    return compiled.classes();
  }

  private static String entryName(String className) {
    return className.replace('.', '/') + ".class";
  }
}
