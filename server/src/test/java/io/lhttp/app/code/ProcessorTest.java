package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.config.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests annotation processors of jars, options of the compiler and its warnings. */
class ProcessorTest extends CodeFixture {
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

  @Test
  void processorOfJar_generatesClass() throws Exception {
    processor("");
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
    var jar = processor("if (true) throw new IllegalStateException(\"no template\");");
    write("filters/Says.java", "@x.Greets class Says implements io.lhttp.Filter {}");

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::toString)
        .first()
        .asString()
        .startsWith(
            jar + ": an annotation processor failed: java.lang.IllegalStateException: no template");
  }

  @Test
  void warnings_ofLintOption_haveFileAndLine() throws Exception {
    var file =
        write(
            "filters/Says.java",
            "class Says implements io.lhttp.Filter {\n  java.util.List raw;\n}\n");

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
  void changedOptions_areAnotherReading() throws Exception {
    write("filters/Says.java", "class Says implements io.lhttp.Filter {}");
    var first = load();

    var second = UserCode.load(folder, Optional.of(first), true, List.of("-Xlint"), problems);

    assertThat(second).isNotSameAs(first);
    assertThat(make(second, "Says").getClass()).isSameAs(make(first, "Says").getClass());
  }

  @Test
  void previewOption_withoutThatOfServer_isReported() throws Exception {
    write("filters/Says.java", "class Says implements io.lhttp.Filter {}");

    load("--enable-preview");

    assertThat(problems.found())
        .extracting(Problem::toString)
        .containsExactly(
            "java.options: --enable-preview: the server itself needs this option, too: start it"
                + " with LHTTP_JAVA_OPTIONS=--enable-preview");
  }

  private Path processor(String statement) throws IOException {
    var jar = folder.resolve("filters/greeter.jar");
    new TestJar(jar)
        .source("x/Greets.java", "package x; public @interface Greets {}")
        .source("x/Greeter.java", PROCESSOR.replace("STATEMENT", statement))
        .entry("META-INF/services/javax.annotation.processing.Processor", "x.Greeter")
        .write();
    return jar;
  }

  private UserCode load(String... options) {
    return UserCode.load(folder, Optional.empty(), true, List.of(options), problems);
  }
}
