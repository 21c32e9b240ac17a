package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.config.Problem;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests which class wins if several have one name, and that each loser is named. */
class ClassOrderTest extends CodeFixture {
  private static final String FILTER =
      "package x; public class Says implements io.lhttp.Filter {"
          + " public String toString() { return x.Greeting.text(); } }";

  @Test
  void source_namedLikeClassOfJar_winsInJarToo() throws Exception {
    greetingJar("lib", "from the jar");
    write("filters/x/Greeting.java", greeting("from the source"));
    write(
        "filters/Also.java",
        "class Also implements io.lhttp.Filter {"
            + " public String toString() { return x.Greeting.text(); } }");

    var code = UserCode.load(folder, problems);

    assertThat(problems.found()).isEmpty();
    assertThat(make(code, "x.Says")).hasToString("from the source");
    assertThat(make(code, "Also")).hasToString("from the source");
    assertThat(code.warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "%s: classes are hidden by %s: x.Greeting"
                .formatted(
                    folder.resolve("filters/lib.jar"), folder.resolve("filters/x/Greeting.java")));
  }

  @Test
  void changedSource_namedLikeClassOfJar_replacesClassesOfJar() throws Exception {
    greetingJar("lib", "from the jar");
    write("filters/x/Greeting.java", greeting("one"));
    var first = UserCode.load(folder, problems);
    write("filters/x/Greeting.java", greeting("two"));

    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(make(second, "x.Says")).hasToString("two");
    assertThat(make(first, "x.Says")).hasToString("one");
  }

  @Test
  void changedSource_thatWins_namesReasonForClassesOfJar() throws Exception {
    greetingJar("lib", "from the jar");
    write("filters/x/Greeting.java", greeting("one"));
    var first = UserCode.load(folder, problems);
    write("filters/x/Greeting.java", greeting("two"));
    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(second.replacedAlthoughUnchanged("x.Says", first)).contains("it may use x.Greeting");
    assertThat(second.replacedAlthoughUnchanged("x.Greeting", first)).isEmpty();
  }

  @Test
  void source_usingNewOverridingSource_reasonNamesThatSource() throws Exception {
    greetingJar("lib", "from the jar");
    write(
        "filters/Calls.java",
        "public class Calls implements io.lhttp.Filter {"
            + " String text() { return x.Greeting.text() + new Own(); } static class Own {} }");
    var first = UserCode.load(folder, problems);
    write("filters/x/Greeting.java", greeting("one"));

    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(second.replacedAlthoughUnchanged("Calls", first)).contains("it may use x.Greeting");
  }

  @Test
  void commentInSource_thatWinsOverJar_replacesNothing() throws Exception {
    greetingJar("lib", "from the jar");
    write("filters/x/Greeting.java", greeting("one"));
    var first = UserCode.load(folder, problems);
    write("filters/x/Greeting.java", "// a comment\n\n" + greeting("one"));

    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(make(second, "x.Says").getClass()).isSameAs(make(first, "x.Says").getClass());
  }

  @Test
  void twoJars_withOneClass_firstWinsAndBothAreNamed() throws Exception {
    for (var name : List.of("b", "a")) {
      greetingJar(name, name);
    }

    var code = UserCode.load(folder, problems);

    assertThat(make(code, "x.Says")).hasToString("a");
    assertThat(code.warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "%s: classes are hidden by %s: x.Greeting, x.Says"
                .formatted(folder.resolve("filters/b.jar"), folder.resolve("filters/a.jar")));
  }

  @Test
  void jar_withClassOfServer_isNamed() throws Exception {
    new TestJar(folder.resolve("filters/old.jar"))
        .source("io/lhttp/Filter.java", "package io.lhttp; public interface Filter {}")
        .write();

    var code = UserCode.load(folder, problems);

    assertThat(code.warnings())
        .extracting(Problem::toString)
        .containsExactly(
            folder.resolve("filters/old.jar")
                + ": the server has other classes of the same names, which win: io.lhttp.Filter");
  }

  @Test
  void source_namedLikeServersClass_isReportedAlone() throws Exception {
    write("filters/io/lhttp/Exchange.java", "package io.lhttp; public class Exchange {}");
    write(
        "filters/Uses.java",
        "class Uses { String of(io.lhttp.Exchange e) { return e.connection().id(); } }");

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .singleElement()
        .asString()
        .startsWith(folder.resolve("filters/io/lhttp/Exchange.java") + ": the server has a class");
  }

  @Test
  void source_namedLikeClassOfServer_besideErrorInLaterSource_isNamedOnce() throws Exception {
    write("filters/Exchange.java", "package io.lhttp; public class Exchange {}");
    write("filters/Wrong.java", "class Wrong { int number() { return missing; } }");

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .singleElement()
        .asString()
        .startsWith(folder.resolve("filters/Exchange.java") + ": the server has a class");
  }

  @Test
  void source_namedLikeClassOfServer_isRefused() throws Exception {
    write("filters/Chain.java", "package io.lhttp; public interface Chain {}");

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::toString)
        .containsExactly(
            folder.resolve("filters/Chain.java")
                + ": the server has a class io.lhttp.Chain of its own, which would run instead:"
                + " give this one another name or package");
  }

  @Test
  void duplicateClass_isReportedWithBothFiles() throws Exception {
    write("filters/A.java", "class A implements io.lhttp.Filter {}");
    write("processors/A.java", "class A implements io.lhttp.Filter {}");

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::toString)
        .containsExactly(
            """
            %s:1:1: duplicate class: A, which is in %s, too
                class A implements io.lhttp.Filter {}
                ^\
            """
                .formatted(folder.resolve("processors/A.java"), folder.resolve("filters/A.java")));
  }

  /** Writes a jar with a greeting, and with a filter that says it. */
  private void greetingJar(String name, String text) throws IOException {
    new TestJar(folder.resolve("filters/" + name + ".jar"))
        .source("x/Greeting.java", greeting(text))
        .source("x/Says.java", FILTER)
        .write();
  }

  private static String greeting(String text) {
    return "package x; public class Greeting { public static String text() { return \"%s\"; } }"
        .formatted(text);
  }
}
