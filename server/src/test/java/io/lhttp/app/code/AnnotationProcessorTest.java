package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.lhttp.app.config.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests annotation processors of jars, options of the compiler and its warnings. */
class AnnotationProcessorTest extends CodeFixture {
  private static final String SERVICE = "META-INF/services/javax.annotation.processing.Processor";

  private static final String PROCESSOR =
      """
      package x;
      import java.util.Set;
      import javax.annotation.processing.*;
      import javax.lang.model.element.TypeElement;
      @SupportedAnnotationTypes("x.Greets")
      public class Greeter extends AbstractProcessor {
        public javax.lang.model.SourceVersion getSupportedSourceVersion() {
          return javax.lang.model.SourceVersion.latest();
        }
        public boolean process(Set<? extends TypeElement> types, RoundEnvironment round) {
          for (var e : round.getElementsAnnotatedWith(Greets.class)) {
            STATEMENT
            try (var out = processingEnv.getFiler()
                .createSourceFile("Greeting" + e.getSimpleName(), e).openWriter()) {
              out.write("class Greeting" + e.getSimpleName()
                  + " { static String text() { return \\"hi\\"; } }");
            } catch (java.io.IOException x) {
              throw new java.io.UncheckedIOException(x);
            }
          }
          return true;
        }
      }
      """;

  private static final String GREETED = "@x.Greets class Says implements io.lhttp.Filter {}";

  /** A class with a raw type, of which the compiler may warn. */
  private static final String RAW =
      "class Says implements io.lhttp.Filter {\n  java.util.List raw;\n}\n";

  /**
   * The annotation processors of these tests leave system properties whose keys are no strings.
   * Other code fails on such keys.
   */
  @AfterEach
  void removeLeftProperties() {
    System.getProperties().keySet().removeIf(key -> !(key instanceof String));
  }

  @Test
  void processorOfJar_generatesClass() throws Exception {
    processor("x", "");
    write(
        "filters/Says.java",
        "@x.Greets class Says implements io.lhttp.Filter {"
            + " public String toString() { return GreetingSays.text(); } }");

    var code = UserCode.load(folder, problems);

    assertThat(problems.found()).isEmpty();
    assertThat(make(code, "Says")).hasToString("hi");
  }

  @Test
  void processorThatFails_isReportedWithJarAndLine() throws Exception {
    var jar = processor("x", "if (true) throw new IllegalStateException(\"no template\");");
    write("filters/Says.java", GREETED);

    UserCode.load(folder, problems);

    assertThatFirstProblem()
        .startsWith(
            jar + ": an annotation processor failed: java.lang.IllegalStateException: no template");
  }

  @Test
  void compilationWithoutMemory_blamesNoProcessor() throws Exception {
    processor("x", "if (true) throw new OutOfMemoryError(\"Java heap space\");");
    write("filters/Says.java", GREETED);

    assertThatExceptionOfType(OutOfMemoryError.class)
        .isThrownBy(() -> UserCode.load(folder, problems));

    assertThat(problems.found()).isEmpty();
  }

  @Test
  void warnings_ofLintOption_haveFileAndLine() throws Exception {
    var file = write("filters/Says.java", RAW);

    var code = load("-Xlint:all");

    assertThat(problems.found()).isEmpty();
    assertThat(code.warnings())
        .extracting(Problem::toString)
        .singleElement()
        .asString()
        .startsWith(file + ":2:12: found raw type: java.util.List")
        .endsWith("    java.util.List raw;\n               ^");
  }

  @Test
  void warnings_thatCountAsErrors_haveFileAndLine() throws Exception {
    var file = write("filters/Says.java", RAW);

    load("-Xlint:all", "-Werror");

    assertThat(problems.found())
        .extracting(Problem::toString)
        .satisfiesExactly(
            warning -> assertThat(warning).startsWith(file + ":2:12: found raw type"),
            error -> assertThat(error).contains("-Werror"));
  }

  @Test
  void changedOptions_areAnotherReading() throws Exception {
    write("filters/Says.java", "class Says implements io.lhttp.Filter {}");
    var first = load();

    var second = UserCode.load(folder, Optional.of(first), true, List.of("-Xlint"), problems);

    assertThat(second).isNotSameAs(first);
    assertThat(make(second, "Says").getClass()).isSameAs(make(first, "Says").getClass());
  }

  @Test
  void processorThatFails_ofTwo_isReportedWithItsJarAlone() throws Exception {
    var jar = processor("x", "if (true) throw new IllegalStateException(\"no template\");");
    processor("y", "");
    write("filters/Says.java", GREETED);

    UserCode.load(folder, problems);

    assertThatFirstProblem().startsWith(jar + ": an annotation processor failed: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "if (true) throw new NoSuchFieldException(\"com.sun.tools.javac.code.TypeTag :: GONE\");"
            + " | does this version of the processor support JDK N? Take a newer one",
        "Class.forName(\"com.sun.tools.javac.tree.TreeInfo\").getMethods()[0].invoke(null);"
            + " | start the server with"
            + " LHTTP_JAVA_OPTIONS=--add-exports=jdk.compiler/com.sun.tools.javac.tree=ALL-UNNAMED",
        "Class.forName(\"com.sun.tools.javac.tree.TreeInfo\").getDeclaredFields()[0]"
            + ".setAccessible(true);"
            + " | start the server with"
            + " LHTTP_JAVA_OPTIONS=--add-opens=jdk.compiler/com.sun.tools.javac.tree=ALL-UNNAMED",
      })
  void processorUsingCompilerInternals_isReportedWithRemedy(String statement, String remedy)
      throws Exception {
    var jar =
        processor(
            "x",
            "try { "
                + statement
                + " } catch (ReflectiveOperationException x) { throw new IllegalStateException(x); }");
    write("filters/Says.java", GREETED);

    UserCode.load(folder, problems);

    assertThatFirstProblem()
        .startsWith(jar + ": an annotation processor failed: ")
        .endsWith(remedy.replace("JDK N", "JDK " + Runtime.version().feature()));
  }

  @Test
  void messagesOfProcessor_withoutPlace_areReportedWithJar() throws Exception {
    var jar =
        processor(
            "x",
            "processingEnv.getMessager().printMessage(javax.tools.Diagnostic.Kind.WARNING, \"old\");"
                + " if (e.getSimpleName().contentEquals(\"Bad\")) processingEnv.getMessager()"
                + ".printMessage(javax.tools.Diagnostic.Kind.ERROR, \"no template\");");
    write("filters/Says.java", GREETED);
    assertThat(UserCode.load(folder, problems).warnings())
        .extracting(Problem::toString)
        .containsExactly(jar + ": old");
    assertThat(problems.found()).isEmpty();
    write("filters/Says.java", "@x.Greets class Bad implements io.lhttp.Filter {}");

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::toString)
        .containsExactly(jar + ": no template");
  }

  @Test
  void missingClassOfProcessor_isReportedWithJar() throws Exception {
    var jar = folder.resolve("filters/greeter.jar");
    new TestJar(jar).entry(SERVICE, "x.Greeter").write();
    write("filters/Says.java", "class Says implements io.lhttp.Filter {}");

    UserCode.load(folder, problems);

    assertThatFirstProblem().startsWith(jar + ": ").contains("x.Greeter not found");
  }

  @Test
  void processor_isLoadedOnceForAllReloadsWithItsJar() throws Exception {
    processor(
        "x",
        "if (System.getProperties().put(Greeter.class, 1) != null)"
            + " throw new IllegalStateException(\"the same class again\");");
    write("filters/Says.java", GREETED);
    var first = load();
    write("filters/Says.java", "@x.Greets class Says implements io.lhttp.Filter { int count; }");

    UserCode.load(folder, Optional.of(first), problems);

    assertThatFirstProblem().contains("the same class again");
  }

  @Test
  void previewFeature_withoutOption_isReportedWithRemedy() throws Exception {
    var file =
        write(
            "filters/Says.java",
            """
            class Says implements io.lhttp.Filter {
              static boolean small(int number) { return number instanceof byte; }
            }
            """);

    load();

    assertThat(problems.found())
        .extracting(Problem::toString)
        .singleElement()
        .asString()
        .startsWith(file + ":2:45: primitive patterns are a preview feature")
        .contains(
            "it needs java: { options: [--enable-preview] } in lhttp.yaml, and a server that was"
                + " started with LHTTP_JAVA_OPTIONS=--enable-preview");
  }

  private AbstractStringAssert<?> assertThatFirstProblem() {
    return assertThat(problems.found()).extracting(Problem::toString).first().asString();
  }

  /** Writes a jar with the processor of a package, which runs a statement for each class. */
  private Path processor(String name, String statement) throws IOException {
    var jar = folder.resolve("filters/" + name + ".jar");
    new TestJar(jar)
        .source(name + "/Greets.java", "package " + name + "; public @interface Greets {}")
        .source(
            name + "/Greeter.java",
            PROCESSOR
                .replace("x.Greets", name + ".Greets")
                .replace("package x", "package " + name)
                .replace("STATEMENT", statement))
        .entry(SERVICE, name + ".Greeter")
        .write();
    return jar;
  }

  private UserCode load(String... options) {
    return UserCode.load(folder, Optional.empty(), true, List.of(options), problems);
  }
}
