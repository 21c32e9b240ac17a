package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.app.config.Binder;
import io.lhttp.app.config.ConfigurationException;
import io.lhttp.app.config.Node;
import io.lhttp.app.config.Place;
import io.lhttp.app.config.Problem;
import io.lhttp.app.config.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Users' Java code is compiled, loaded and reloaded, and each error names its position. */
class UserCodeTest extends CodeFixture {
  private static final Place PLACE = new Place("lhttp.yaml", 2, 5);

  @Test
  void sources_inBothFolders_seeEachOther() throws Exception {
    write(
        "filters/Shout.java",
        "public class Shout implements io.lhttp.Filter { static int n = Chat.N; }");
    write(
        "processors/Chat.java",
        """
        import io.lhttp.*;
        class Chat implements Processor {
          static final int N = 1;
          public void onMessage(Exchange e) { e.send("hi"); }
        }
        """);

    var code = UserCode.load(folder, problems);

    assertThat(make(code, Filter.class, "Shout", "")).isPresent();
    assertThat(make(code, Processor.class, "Chat", "")).isPresent();
    assertThat(problems.found()).isEmpty();
  }

  @Test
  void classInPackage_hasFullName() throws Exception {
    write(
        "filters/acme/Shout.java",
        "package acme; public class Shout implements io.lhttp.Filter {}");

    assertThat(make(UserCode.load(folder, problems), Filter.class, "acme.Shout", "")).isPresent();
  }

  @Test
  void jarAndSource_shareOneClassLoader() throws Exception {
    write(
        "elsewhere/lib/Base.java", "package lib; public class Base implements io.lhttp.Filter {}");
    var base = compile(folder.resolve("elsewhere/lib/Base.java"));
    Files.createDirectories(folder.resolve("filters"));
    try (var jar = new JarOutputStream(Files.newOutputStream(folder.resolve("filters/base.jar")))) {
      jar.putNextEntry(new JarEntry("lib/Base.class"));
      jar.write(base.get("lib.Base"));
    }
    write("filters/Derived.java", "class Derived extends lib.Base {}");

    var code = UserCode.load(folder, problems);

    assertThat(make(code, Filter.class, "Derived", "")).isPresent();
    assertThat(code.implementing(Filter.class)).containsExactly("Derived", "lib.Base");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "NoOptions | | none",
        "Mapped | { a: 1, b: [x] } | {a=1, b=[x]}",
        "Mapped | | {}",
        "Recorded | { per-minute: 5 } | Options[perMinute=5, name=n]",
        "Recorded | | Options[perMinute=1, name=n]",
        "Both | | none",
        "Both | { name: x, per-minute: 2 } | Options[perMinute=2, name=x]",
      })
  void options_reachConstructor(String className, String options, String expected)
      throws Exception {
    write("filters/Made.java", MADE);

    var made = make(UserCode.load(folder, problems), Filter.class, className, options);

    assertThat(problems.found()).isEmpty();
    assertThat(made.orElseThrow()).hasToString(expected);
  }

  private static final String MADE =
      """
      import java.util.Map;
      import io.lhttp.Filter;
      class Base implements Filter {
        private final String text;
        Base(Object made) { this.text = made.toString(); }
        public String toString() { return text; }
      }
      record Options(int perMinute, String name) {
        static final Options DEFAULT = new Options(1, "n");
        Options {
          if (perMinute < 0) throw new IllegalArgumentException("per-minute is negative");
        }
      }
      class NoOptions extends Base { NoOptions() { super("none"); } }
      class Mapped extends Base { Mapped(Map<String, Object> o) { super(new java.util.TreeMap<>(o)); } }
      class Recorded extends Base { public Recorded(Options o) { super(o); } }
      class Both extends Base { Both() { super("none"); } Both(Options o) { super(o); } }
      class Failing implements Filter { Failing() { throw new IllegalStateException("no database"); } }
      class Greedy implements Filter { Greedy(int a, int b) {} }
      class Hidden implements Filter { private Hidden() {} }
      abstract class Half implements Filter {}
      interface Kind extends Filter {}
      enum Word implements Filter { A }
      class Outer { class Inner implements Filter {} }
      class Talks implements io.lhttp.Processor { public void onMessage(io.lhttp.Exchange e) {} }
      class Other {}
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "NoOption | | unknown class 'NoOption', did you mean 'NoOptions'?",
        "Other | | the class Other in DIR/filters/Made.java does not implement io.lhttp.Filter: declare it 'class Other implements io.lhttp.Filter'",
        "Talks | | the class Talks in DIR/filters/Made.java does not implement io.lhttp.Filter: it is a processor, which 'processors' names, with its command",
        "Half | | the class Half in DIR/filters/Made.java is abstract: name a class that extends it",
        "Kind | | Kind is an interface: name a class that implements it",
        "Greedy | | Greedy needs a constructor with no parameter, a record or a Map<String, Object>: it has Greedy(int, int)",
        "Hidden | | Hidden needs a constructor with no parameter, a record or a Map<String, Object>: it has the private Hidden()",
        "Outer$Inner | | Outer$Inner needs a constructor with no parameter, a record or a Map<String, Object>: it is an inner class, declare it static",
        "Word | | Word needs a constructor with no parameter, a record or a Map<String, Object>: it is an enum, declare it as a class",
        "Inner | | unknown class 'Inner': write its whole name, 'Outer$Inner'",
        "NoOptions.java | | unknown class 'NoOptions.java': write 'NoOptions'",
        "filters/NoOptions | | unknown class 'filters/NoOptions': write 'NoOptions'",
        "NoOptions | {a: 1} | NoOptions takes no options: its constructor has no record and no Map<String, Object>",
        "java.lang.String | | the class java.lang.String does not implement io.lhttp.Filter",
      })
  void unusableClass_isReportedAtItsName(String className, String options, String message)
      throws Exception {
    write("filters/Made.java", MADE);

    assertThat(make(UserCode.load(folder, problems), Filter.class, className, options)).isEmpty();
    assertThat(problems.found())
        .containsExactly(new Problem(PLACE, message.replace("DIR", folder.toString())));
  }

  @Test
  void wrongOptions_areReportedWithPosition() throws Exception {
    write("filters/Made.java", MADE);
    var code = UserCode.load(folder, problems);

    make(code, Filter.class, "Recorded", "{ per-minut: 1 }");
    make(code, Filter.class, "Recorded", "{ per-minute: -1 }");

    assertThat(problems.found())
        .extracting(Problem::summary)
        .containsExactly(
            "options:1:3: unknown key 'Recorded.per-minut', did you mean 'per-minute'?",
            "options:1:1: Recorded: per-minute is negative");
  }

  @Test
  void failingConstructor_isReportedAtNameOfClass() throws Exception {
    write("filters/Made.java", MADE);
    var code = UserCode.load(folder, problems);

    assertThatThrownBy(() -> make(code, Filter.class, "Failing", ""))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(
            "lhttp.yaml:2:5: the constructor of Failing failed: java.lang.IllegalStateException: no database\n"
                + "      at Failing.<init>(Made.java:18)");
  }

  @Test
  void failingConstructor_isReportedWithAllCauses() throws Exception {
    write(
        "filters/Pool.java",
        """
        class Pool implements io.lhttp.Filter {
          Pool() {
            try {
              Integer.parseInt("many");
            } catch (NumberFormatException e) {
              throw new IllegalArgumentException("the pool can't begin", e);
            }
          }
        }
        """);
    var code = UserCode.load(folder, problems);

    assertThatThrownBy(() -> make(code, Filter.class, "Pool", ""))
        .hasMessage(
            """
            lhttp.yaml:2:5: Pool: the pool can't begin
                caused by java.lang.NumberFormatException: For input string: "many"
                  at Pool.<init>(Pool.java:4)\
            """);
  }

  @Test
  void failingStaticInitialiser_isReportedWithCauseAndLine() throws Exception {
    write(
        "filters/Pool.java",
        "class Pool implements io.lhttp.Filter {\n"
            + "  static final int SIZE = Integer.parseInt(\"many\");\n"
            + "}\n");
    var code = UserCode.load(folder, problems);

    assertThatThrownBy(() -> make(code, Filter.class, "Pool", ""))
        .hasMessage(
            """
            lhttp.yaml:2:5: the static initialiser of Pool failed: java.lang.NumberFormatException: \
            For input string: "many"
                  at Pool.<clinit>(Pool.java:2)\
            """);
  }

  @Test
  void unknownName_ofClassInPackageOrRenamedInFile_namesClass() throws Exception {
    write("filters/x/P.java", "package x; public class P implements io.lhttp.Filter {}");
    write("filters/Q.java", "class Quite implements io.lhttp.Filter {}");
    var code = UserCode.load(folder, problems);

    make(code, Filter.class, "P", "");
    make(code, Filter.class, "Q", "");

    assertThat(problems.found())
        .containsExactly(
            new Problem(PLACE, "unknown class 'P': write its whole name, 'x.P'"),
            new Problem(
                PLACE,
                "unknown class 'Q': %s has 'Quite' instead"
                    .formatted(folder.resolve("filters/Q.java"))));
  }

  @Test
  void missingImport_isNamed() throws Exception {
    write("filters/Bad.java", "import io.lhttp.*;\nclass Bad implements Filter { Message m; }\n");

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .singleElement()
        .asString()
        .contains("symbol:   class Message", "is missing: import io.lhttp.message.Message;");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "filters/Gate.class | is a class file: put it into a jar",
        "filters/Gate.tsx | has tags in its code: write it as .ts without them",
        "filters/Gate.java.txt | must have a name that ends in .java, .js or .ts",
        "src/main/java/Gate.java | must be in filters/ or processors/",
        "processors/Gate.js | is the script of a processor, and a filter's is in filters/",
      })
  void unknownName_ofFileThatIsNotRead_namesFile(String file, String reason) throws Exception {
    write("filters/Made.java", MADE);
    write(file, "");

    assertThat(make(UserCode.load(folder, problems), Filter.class, "Gate", "")).isEmpty();

    assertThat(problems.found())
        .extracting(Problem::message)
        .containsExactly("unknown class 'Gate': " + folder.resolve(file) + " " + reason);
  }

  @Test
  void missingPackageAndLombok_areExplained() throws Exception {
    write(
        "filters/Uses.java",
        """
        import lombok.Data;
        import org.example.Pool;
        class Uses implements io.lhttp.Filter {
          @Data static class User { String name; }
          String name() { return new User().getName(); }
        }
        """);

    UserCode.load(folder, problems);

    var noJar =
        "\n  no source and no jar in filters/ and processors/ has this package: put the jar there\n";
    assertThat(problems.found())
        .extracting(Problem::message)
        .anyMatch(message -> message.startsWith("package lombok does not exist" + noJar))
        .anyMatch(message -> message.startsWith("package org.example does not exist" + noJar))
        .anyMatch(message ->
            message.contains("class Data")
                && message.contains("one of Lombok's? Its jar is missing"))
        .anyMatch(message ->
            message.contains("getName()")
                && message.contains("would Lombok write it? Its jar is missing"));
  }

  @Test
  void byteOrderMark_isExplained() throws Exception {
    write("filters/Made.java", "\ufeffclass Made {}");

    UserCode.load(folder, problems);

    assertThat(problems.found().getFirst().message())
        .contains("the file begins with a byte order mark: save it without one");
  }

  @Test
  void folderNamedLikeJar_isReported() throws Exception {
    write("filters/lib.jar/x", "");

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::summary)
        .containsExactly(
            folder.resolve("filters/lib.jar")
                + ": this is a folder, and not a jar: pack it with jar cf");
  }

  @Test
  void classOfJar_forNewerJava_isNamedWithJarAndVersions() throws Exception {
    var jar = folder.resolve("filters/lib.jar");
    new TestJar(jar)
        .source("x/New.java", "package x; public class New implements io.lhttp.Filter {}")
        .write();
    copyEntry(
        jar,
        "x/New.class",
        jar,
        bytes -> {
          bytes[7] = (byte) (99 + 44);
          return bytes;
        });
    write(
        "filters/Uses.java", "class Uses implements io.lhttp.Filter { x.New made = new x.New(); }");
    UserCode.load(folder, problems);
    assertThat(problems.found().getFirst().message())
        .contains(
            "bad class file: " + jar + "(/x/New.class)",
            "the jar is compiled for Java 99, and the server runs on Java ")
        .doesNotContain("Please remove");

    Files.delete(folder.resolve("filters/Uses.java"));
    var count = problems.found().size();
    assertThat(make(UserCode.load(folder, problems), Filter.class, "x.New", "")).isEmpty();
    assertThat(problems.found().get(count).message())
        .startsWith("the class x.New in " + jar + " can't be loaded: ")
        .contains("it is compiled for Java 99, and the server runs on Java ");
  }

  @Test
  void classOfJar_thatNeedsAnother_namesMissingClass() throws Exception {
    var whole = folder.resolve("whole.jar");
    new TestJar(whole)
        .source("b/Base.java", "package b; public class Base implements io.lhttp.Filter {}")
        .source("y/Sub.java", "package y; public class Sub extends b.Base {}")
        .write();
    copyEntry(whole, "y/Sub.class", folder.resolve("filters/sub.jar"), bytes -> bytes);

    assertThat(make(UserCode.load(folder, problems), Filter.class, "y.Sub", "")).isEmpty();

    assertThat(problems.found().getFirst().message())
        .contains("no jar in filters/ and processors/ has b.Base");
  }

  @Test
  void compilerError_showsPositionSourceLineAndCaret() throws Exception {
    write(
        "filters/Bad.java",
        "class Bad implements io.lhttp.Filter {\n\tint x = y;\n  void f() { int i = \"s\"; }\n}\n");

    UserCode.load(folder, problems);

    var file = folder.resolve("filters/Bad.java").toString();
    assertThat(problems.found())
        .extracting(Problem::summary)
        .containsExactly(
            file
                + """
                :2:10: cannot find symbol
                  symbol:   variable y
                  location: class Bad
                    \tint x = y;
                    \t        ^\
                """,
            file
                + """
                :3:22: incompatible types: java.lang.String cannot be converted to int
                      void f() { int i = "s"; }
                                         ^\
                """);
  }

  @Test
  void fingerprint_changesWithCodeOrOptionsOnly() throws Exception {
    write("filters/Made.java", MADE);
    var first = fingerprint("{ a: 1 }");

    assertThat(fingerprint("{ a: 1 }")).isEqualTo(first);
    assertThat(fingerprint("{ a: 2 }")).isNotEqualTo(first);

    write("filters/Made.java", MADE + "\n");
    assertThat(fingerprint("{ a: 1 }")).as("nothing but a line at the end").isEqualTo(first);

    write("filters/Made.java", MADE.replace("\"none\"", "\"nothing\""));
    assertThat(fingerprint("{ a: 1 }")).isNotEqualTo(first);
  }

  @Test
  void dependentClasses_areReplacedTogetherAndOthersStay() throws Exception {
    write("filters/Shared.java", "class Shared { Object value; }");
    write(
        "filters/A.java",
        "class A implements io.lhttp.Filter { Shared shared() { return null; } }");
    write("filters/B.java", "class B implements io.lhttp.Filter { String s = \"Shared\"; }");
    write("filters/Alone.java", "class Alone implements io.lhttp.Filter {}");
    var first = UserCode.load(folder, problems);

    write(
        "filters/A.java",
        "class A implements io.lhttp.Filter { Shared shared() { return new Shared(); } }");
    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(type(second, "Alone")).isSameAs(type(first, "Alone"));
    assertThat(type(second, "A")).isNotSameAs(type(first, "A"));
    assertThat(type(second, "B")).as("it names Shared, as A does").isNotSameAs(type(first, "B"));
    assertThat(UserCode.load(folder, Optional.of(second), problems)).isSameAs(second);
  }

  @Test
  void changedNameOfParameter_replacesClass() throws Exception {
    var source = "class A implements io.lhttp.Filter { void say(String %s) {} }";
    write("filters/A.java", source.formatted("one"));
    var before = UserCode.load(folder, problems);

    write("filters/A.java", source.formatted("two"));
    var after = UserCode.load(folder, Optional.of(before), problems);

    assertThat(after.classLoaders()).isNotEqualTo(before.classLoaders());
  }

  @Test
  void annotationOfPackage_isSeenAndItsChangeReplacesClass() throws Exception {
    write(
        "filters/acme/A.java",
        """
        package acme;
        public class A implements io.lhttp.Filter {
          @Override public String toString() {
            return A.class.getPackage().getAnnotation(Deprecated.class).since();
          }
        }
        """);
    write("filters/acme/package-info.java", "@Deprecated(since = \"one\") package acme;");
    var before = UserCode.load(folder, problems);
    assertThat(make(before, Filter.class, "acme.A", "").orElseThrow()).hasToString("one");

    write("filters/acme/package-info.java", "@Deprecated(since = \"two\") package acme;");
    var after = UserCode.load(folder, Optional.of(before), problems);

    assertThat(make(after, Filter.class, "acme.A", "").orElseThrow()).hasToString("two");
  }

  @Test
  void changedJar_replacesEveryClass() throws Exception {
    write("filters/Alone.java", "class Alone implements io.lhttp.Filter {}");
    var first = UserCode.load(folder, problems);
    try (var jar = new JarOutputStream(Files.newOutputStream(folder.resolve("filters/lib.jar")))) {
      jar.putNextEntry(new JarEntry("nothing"));
    }

    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(type(second, "Alone")).isNotSameAs(type(first, "Alone"));
  }

  private Class<?> type(UserCode code, String className) throws Exception {
    return make(code, Filter.class, className, "").orElseThrow().getClass();
  }

  @Test
  void worldWritableSource_isNotRun() throws Exception {
    var file = write("filters/Shout.java", "class Shout implements io.lhttp.Filter {}");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

    var code = UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::summary)
        .containsExactly(file + ": every user may write it, so it is not run; chmod o-w " + file);
    assertThat(code.implementing(Filter.class)).isEmpty();
  }

  @Test
  void linkOutsideFolder_isNotFollowed(@TempDir Path outside) throws Exception {
    var target =
        Files.writeString(outside.resolve("Evil.java"), "class Evil implements io.lhttp.Filter {}");
    write("filters/Good.java", "class Good implements io.lhttp.Filter {}");
    var link = Files.createSymbolicLink(folder.resolve("filters/Evil.java"), target);
    Files.createSymbolicLink(folder.resolve("processors"), outside);

    var code = UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::summary)
        .containsExactly(
            link + ": a link that leads out of " + folder + ", to " + target.toRealPath(),
            folder.resolve("processors")
                + ": a link that leads out of "
                + folder
                + ", to "
                + outside.toRealPath());
    assertThat(code.implementing(Filter.class)).containsExactly("Good");
  }

  @Test
  void emptyFolder_hasNoCode() {
    var code = UserCode.load(folder, problems);

    factory(code, Filter.class, "Shout", "");
    assertThat(problems.found())
        .containsExactly(
            new Problem(
                PLACE,
                "unknown class 'Shout': nothing in filters/ and processors/ implements io.lhttp.Filter"));
  }

  private String fingerprint(String options) {
    return factory(UserCode.load(folder, problems), Filter.class, "Mapped", options)
        .orElseThrow()
        .fingerprint();
  }

  private <T> Optional<T> make(UserCode code, Class<T> type, String className, String options)
      throws ConfigurationException {
    var factory = factory(code, type, className, options);
    return factory.isEmpty() ? Optional.empty() : Optional.of(factory.get().call());
  }

  private <T> Optional<InstanceFactory<T>> factory(
      UserCode code, Class<T> type, String className, String options) {
    var node =
        options == null || options.isEmpty()
            ? new Node.Nothing(PLACE)
            : Yaml.file("options", options, name -> null, problems);
    return code.factory(
        new UserCode.Wanted<>("class", type, className, List.of(), PLACE),
        className,
        PLACE,
        node,
        new Binder(problems));
  }

  private Map<String, byte[]> compile(Path source) throws IOException {
    var file =
        new CodeFile(source, source.toString(), source.toString(), Files.readAllBytes(source));
    return JavaSources.compile(new ArrayList<>(List.of(file)), Jars.none(), List.of(), problems)
        .classes();
  }

  /** Writes a jar with a changed copy of an entry of a jar. */
  private static void copyEntry(Path from, String entry, Path to, UnaryOperator<byte[]> change)
      throws Exception {
    byte[] bytes;
    try (var jar = new JarFile(from.toFile())) {
      bytes = change.apply(jar.getInputStream(jar.getJarEntry(entry)).readAllBytes());
    }
    Files.createDirectories(to.getParent());
    try (var jar = new JarOutputStream(Files.newOutputStream(to))) {
      jar.putNextEntry(new JarEntry(entry));
      jar.write(bytes);
    }
  }
}
