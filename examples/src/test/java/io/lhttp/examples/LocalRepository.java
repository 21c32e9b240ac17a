package io.lhttp.examples;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

/**
 * A local repository of Maven with the libraries that this build has compiled. Links lead to all
 * other artifacts, in the repository from which the build itself takes them.
 */
final class LocalRepository implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("<artifactId>(lhttp[^<]*)</artifactId>");
  private static final Pattern VERSION = Pattern.compile("\n  <version>([^<]+)</version>");

  private final Path folder;
  private final List<Path> links = new ArrayList<>();

  private LocalRepository(Path folder) {
    this.folder = folder;
  }

  /** Creates the repository in a folder that does not exist. */
  static LocalRepository create(Path folder) throws Exception {
    var repository = new LocalRepository(folder);
    repository.fill();
    return repository;
  }

  @Override
  public String toString() {
    return folder.toString();
  }

  /** Deletes the links; the artifacts stay. */
  @Override
  public void close() throws IOException {
    for (var link : links) {
      Files.delete(link);
    }
  }

  private void fill() throws Exception {
    var own = Files.createDirectories(folder.resolve("io/lhttp"));
    var ofBuild = ofBuild();
    link(ofBuild, folder, "io");
    link(ofBuild.resolve("io"), folder.resolve("io"), "lhttp");
    var parent = Files.readString(AppProcess.HOME.resolve("pom.xml"));
    var version = first(VERSION, parent);
    install(own, version, parent);
    install(own, version, Files.readString(AppProcess.HOME.resolve("bom/pom.xml")));
    for (var module : modules()) {
      var home = AppProcess.HOME.resolve(module);
      var jar = install(own, version, Files.readString(home.resolve("pom.xml")));
      pack(home.resolve("target/classes"), jar);
    }
  }

  private static List<String> modules() {
    return Modules.all().stream()
        .filter(module -> module.matches("framework/.*|filters/.*|testing"))
        .toList();
  }

  /** Writes the POM of an artifact. Returns the path of its jar. */
  private static Path install(Path own, String version, String pom) throws IOException {
    var name = first(NAME, pom.substring(Math.max(0, pom.indexOf("</parent>"))));
    var folder = Files.createDirectories(own.resolve(name).resolve(version));
    Files.writeString(folder.resolve(name + "-" + version + ".pom"), pom);
    return folder.resolve(name + "-" + version + ".jar");
  }

  private static void pack(Path classes, Path jar) throws IOException {
    try (var out = new JarOutputStream(Files.newOutputStream(jar));
        var files = Files.walk(classes)) {
      out.setLevel(Deflater.NO_COMPRESSION);
      for (var file : files.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        Files.copy(file, out);
      }
    }
  }

  private void link(Path from, Path to, String except) throws IOException {
    try (var children = Files.list(from)) {
      for (var child : children.toList()) {
        if (!child.endsWith(except)) {
          links.add(Files.createSymbolicLink(to.resolve(child.getFileName()), child));
        }
      }
    }
  }

  /** Returns the repository from which the tests' own class path comes. */
  private static Path ofBuild() throws URISyntaxException {
    URI jar = Test.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    var artifact = Path.of(jar).toAbsolutePath();
    var depth = Path.of("org/junit/jupiter/junit-jupiter-api/VERSION/FILE.jar").getNameCount();
    return artifact.getRoot().resolve(artifact.subpath(0, artifact.getNameCount() - depth));
  }

  private static String first(Pattern pattern, String text) {
    return pattern.matcher(text).results().findFirst().orElseThrow().group(1);
  }
}
