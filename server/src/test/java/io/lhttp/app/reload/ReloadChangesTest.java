package io.lhttp.app.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.lhttp.app.code.TestJar;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A reload names what has changed, and keeps the instances of all that has not. */
class ReloadChangesTest extends EchoFixture {
  /** A processor that counts its messages in a static field. */
  private static final String COUNTING =
      """
      import io.lhttp.*;
      public class Echo implements Processor {
        private static int count;
        public void onMessage(Exchange e) { e.send("" + ++count); }
      }
      """;

  @Test
  void changes_nameOrderAndOptionsWithoutValues() throws Exception {
    write("filters/Other.java", mark("Other"));
    write(
        "lhttp.yaml",
        "chain: [pubsub, Mark: { on-error: skip }, Other]\nprocessors: { e: Echo, echo: Echo }\n");

    assertThat(changes())
        .containsExactly(
            "filters/Other.java added",
            "Other joined the chain",
            "on-error of Mark changed",
            "order pubsub > Mark > Other",
            "processor e in lhttp.yaml added");
    assertThat(control().pipeline().filterNames()).containsExactly("pubsub", "Mark", "Other");
  }

  @Test
  void changedOption_isNamedWithoutValue() throws Exception {
    write(
        "filters/Set.java",
        "class Set implements io.lhttp.Filter { Set(java.util.Map<String, Object> options) {} }");
    write("lhttp.yaml", chain("{ a: { b: 1, c: 2 }, d: 3 }"));
    reloader.reload();
    write("lhttp.yaml", chain("{ a: { b: 7, c: 2 }, e: 3 }"));

    assertThat(changes()).containsExactly("a.b, d, e of Set changed");
  }

  private static String chain(String options) {
    return "chain: [Mark, Set: %s]\nprocessors: { echo: Echo }\n".formatted(options);
  }

  @Test
  void classConnectedWithChangedOne_isNamedAsReplacedToo() throws Exception {
    write(
        "filters/Mark.java",
        mark("Mark").replace("{", "{ static Object slow() { return Slow.N; }"));
    write("filters/Slow.java", "class Slow { static Object N = 1; }");
    reloader.reload();
    write("filters/Slow.java", "class Slow { static Object N = 2; }");

    assertThat(changes())
        .containsExactly(
            "filters/Slow.java changed",
            "Mark replaced, too, without its state: it is connected with Slow");
  }

  @Test
  void changedComment_replacesNothing() throws Exception {
    write("filters/Mark.java", "// a comment\n\n" + mark("Mark"));

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged -> {
          assertThat(unchanged.generation()).isEqualTo(1);
          assertThat(unchanged.changes()).containsExactly("filters/Mark.java changed");
        });
  }

  @Test
  void changedConstant_namesClassesIntoWhichItIsCompiled() throws Exception {
    write(
        "filters/Limits.java",
        "class Limits { static final int MAX = 1; static final int MIN = 1; }");
    write("filters/Mark.java", mark("Mark").replace("{", "{ int max = Limits.MAX;"));
    write("filters/Other.java", mark("Other").replace("{", "{ int min = Limits.MIN;"));
    write("lhttp.yaml", "chain: [Mark, Other, pubsub]\nprocessors: { echo: Echo }\n");
    reloader.reload();
    write(
        "filters/Limits.java",
        "class Limits { static final int MAX = 2; static final int MIN = 1; }");

    assertThat(changes())
        .containsExactly(
            "filters/Limits.java changed",
            "Mark replaced, too, without its state: a constant of Limits is compiled into it");
  }

  @Test
  void changedConstants_ofSeveralClasses_nameNone() throws Exception {
    write("filters/A.java", "class A { static final int MAX = 1; }");
    write("filters/B.java", "class B { static final int MAX = 1; }");
    write("filters/C.java", "class C { static Object max = 1; }");
    write("filters/Mark.java", mark("Mark").replace("{", "{ int max = A.MAX;"));
    reloader.reload();
    write("filters/A.java", "class A { static final int MAX = 2; }");
    write("filters/B.java", "class B { static final int MAX = 2; }");
    write("filters/C.java", "class C { static Object max = 2; }");

    assertThat(changes())
        .contains("Mark replaced, too, without its state: a constant is compiled into it");
  }

  @Test
  void changedConstant_besideOtherChange_isNamedAlone() throws Exception {
    write("filters/Limits.java", "class Limits { static final int MAX = 1; }");
    write("filters/Other.java", "class Other { static final int MAX = 1; int a = 1; }");
    write("filters/Mark.java", mark("Mark").replace("{", "{ int max = Limits.MAX;"));
    reloader.reload();
    write("filters/Limits.java", "class Limits { static final int MAX = 2; }");
    write("filters/Other.java", "class Other { static final int MAX = 1; int a = 2; }");

    assertThat(changes())
        .contains(
            "Mark replaced, too, without its state: a constant of Limits is compiled into it");
  }

  @Test
  void changedSignature_ofUsedClass_isNoConstant() throws Exception {
    write("filters/Slow.java", "class Slow { static int n() { return 1; } }");
    write("filters/Mark.java", mark("Mark").replace("{", "{ long n = Slow.n();"));
    reloader.reload();
    write("filters/Slow.java", "class Slow { static long n() { return 1; } }");

    assertThat(changes())
        .containsExactly(
            "filters/Slow.java changed",
            "Mark replaced, too, without its state: it is connected with Slow");
  }

  @ParameterizedTest
  @CsvSource({"use.jar, it may use filters/use.jar", "greet.txt, it may read filters/greet.txt"})
  void changedFileBesideSources_isNamedWithItsPath(String file, String reason) throws Exception {
    write(
        "filters/Mark.java",
        mark("Mark").replace("{", "{ Object text = Mark.class.getResource(\"greet.txt\");"));
    resource(file, "one");
    reloader.reload();
    resource(file, "two");

    assertThat(changes()).contains("Mark replaced, too, without its state: " + reason);
  }

  private void resource(String file, String text) throws Exception {
    if (file.endsWith(".jar")) {
      new TestJar(folder.resolve("filters/" + file)).entry("greet.txt", text).write();
    } else {
      write("filters/" + file, text);
    }
  }

  @Test
  void jarWithClassOfSource_isNamed() throws Exception {
    write("filters/x/Says.java", "package x; public class Says implements io.lhttp.Filter {}");
    write("lhttp.yaml", "chain: [x.Says]\nprocessors: { echo: Echo }\n");
    reloader.reload();
    new TestJar(folder.resolve("filters/lib.jar"))
        .source("x/Says.java", "package x; public class Says {}")
        .write();

    assertThat(changes())
        .contains("x.Says replaced, too, without its state: it may use filters/lib.jar");
  }

  @Test
  void changeBesideComment_namesClassWithComment() throws Exception {
    write("filters/Slow.java", "class Slow { static Object N = 1; }");
    write("filters/Mark.java", mark("Mark").replace("{", "{ Object slow = Slow.N;"));
    reloader.reload();
    write("filters/Slow.java", "class Slow { static Object N = 2; }");
    write(
        "filters/Mark.java", "\n// here\n" + mark("Mark").replace("{", "{ Object slow = Slow.N;"));

    assertThat(changes())
        .containsExactly(
            "filters/Mark.java changed",
            "filters/Slow.java changed",
            "Mark replaced, too, without its state: it is connected with Slow");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "// a comment\nclass Slow { static final int A = 1; int b() { return A; } }",
        "class Slow {\n\n  static final int A = 1;\n  int b() { return A; }\n}\n",
        "class Slow { static final int A = 2; int b() { return A; } }",
        "class Slow { static final int A = 1; int b() { return 7; } String c = \"word\"; }",
      })
  void changeOfUnconnectedClass_keepsInstances(String changed) throws Exception {
    write("processors/Echo.java", COUNTING);
    write("filters/Slow.java", "class Slow { static final int A = 1; int b() { return A; } }");
    reloader.reload();
    assertThat(talk()).isEqualTo("1");
    write("filters/Slow.java", changed);

    assertInstanceGoesOn();
  }

  @Test
  void commentInConnectedClass_keepsInstances() throws Exception {
    write(
        "processors/Echo.java",
        COUNTING.replace("e.send(\"\"", "e.send(Slow.PREFIX + Slow.word()"));
    var slow =
        "class Slow { static final String PREFIX = \"\"; static String word() { return PREFIX; } }";
    write("filters/Slow.java", slow);
    write("lhttp.yaml", "chain: [Mark, pubsub]\nprocessors: { echo: Echo }\n");
    reloader.reload();
    assertThat(talk()).isEqualTo("1");
    write("filters/Slow.java", "/* a\n * b\n */\n" + slow.replace("return", "\n  // c\n  return"));
    write(
        "lhttp.yaml",
        "# here\nchain:\n  # and here\n  - Mark\n  - pubsub\nprocessors: { echo: Echo }\n");

    assertInstanceGoesOn();
  }

  /**
   * Reloads with a changed file {@code Slow.java}, and requires that the processor's instance
   * stays.
   */
  private void assertInstanceGoesOn() {
    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged ->
            assertThat(unchanged.changes()).containsExactly("filters/Slow.java changed"));
    assertThat(talk()).isEqualTo("2");
  }

  @Test
  void scriptThatLeavesChain_isNotCalledRemoved() throws Exception {
    write("filters/note.js", "export function before(ctx) {}");
    write("lhttp.yaml", "chain: [note, Mark]\nprocessors: { echo: Echo }\n");
    reloader.reload();
    write("lhttp.yaml", "chain: [Mark]\nprocessors: { echo: Echo }\n");

    assertThat(changes()).containsExactly("note left the chain");
  }

  @Test
  void keysNeedingRestart_areNamedAndKeepGeneration() throws Exception {
    write(
        "lhttp.yaml",
        "listen: 1\n"
            + "limits: { message-bytes: 1KiB }\n"
            + "chain: [Mark, pubsub]\n"
            + "processors: { echo: Echo }\n");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .extracting(ReloadResult.Unchanged::restart)
        .isEqualTo(List.of("listen", "limits"));

    write("lhttp.yaml", "listen: 1\nchain: [pubsub, Mark]\nprocessors: { echo: Echo }\n");

    assertThat(reloader.reload().inWords())
        .matches("generation 2 in \\d+ ms: order pubsub > Mark; a restart is needed for: listen");
    assertThat(talk()).isEqualTo("one hi");
  }

  @Test
  void reload_withoutChange_keepsGeneration() throws Exception {
    write("lhttp.yaml", "# moved down\n\nchain: [Mark, pubsub]\nprocessors: { echo: Echo }\n");

    assertThat(reloader.reload())
        .asInstanceOf(type(ReloadResult.Unchanged.class))
        .satisfies(unchanged -> {
          assertThat(unchanged.generation()).isEqualTo(1);
          assertThat(unchanged.changes()).isEmpty();
        });
  }
}
