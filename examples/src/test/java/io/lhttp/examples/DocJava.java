package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.tools.ToolProvider;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** Compiles the Java files of a page, and runs those that are tests. */
final class DocJava {
  private DocJava() {}

  /** Compiles a file on its own. */
  static void compile(Path source) throws IOException {
    compile(List.of(source), classesBeside(source));
  }

  /** Compiles a file with the other sources of its application, and runs it if it is a test. */
  static void compile(Path source, Path application) throws Exception {
    var classes = classesBeside(application);
    compile(sources(application), classes);
    if (source.toString().endsWith("Test.java")) {
      runTest(name(source), classes);
    }
  }

  private static Path classesBeside(Path file) throws IOException {
    return Files.createTempDirectory(
        Objects.requireNonNull(file.toAbsolutePath().getParent()), "classes");
  }

  private static List<Path> sources(Path application) throws IOException {
    try (var files = Files.walk(application)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }

  private static void compile(List<Path> sources, Path classes) {
    var errors = new StringWriter();
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
      var options = List.of("-cp", System.getProperty("java.class.path"), "-d", classes.toString());
      var task =
          compiler.getTask(
              errors, files, null, options, null, files.getJavaFileObjectsFromPaths(sources));
      assertThat(task.call()).as(errors.toString()).isTrue();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void runTest(String className, Path classes) throws Exception {
    var thread = Thread.currentThread();
    var before = thread.getContextClassLoader();
    try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      var listener = new SummaryGeneratingListener();
      var request =
          LauncherDiscoveryRequestBuilder.request()
              .selectors(selectClass(loader.loadClass(className)))
              .build();
      LauncherFactory.create().execute(request, listener);
      var failures = new StringWriter();
      listener.getSummary().printFailuresTo(new PrintWriter(failures));
      assertThat(failures.toString()).isEmpty();
      assertThat(listener.getSummary().getTestsSucceededCount()).as(className).isPositive();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** The full name of a file's class. The tests on pages have no package. */
  private static String name(Path source) {
    return Objects.requireNonNull(source.getFileName()).toString().replace(".java", "");
  }
}
