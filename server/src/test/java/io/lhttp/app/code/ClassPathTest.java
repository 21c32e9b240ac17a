package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.config.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests what code of an application finds at run time: services, drivers, resources, libraries. */
class ClassPathTest extends CodeFixture {
  private static final String WORDS = "package x; public interface Words { String text(); }";

  @AfterEach
  void hasNoProblem() {
    assertThat(problems.found()).isEmpty();
  }

  @Test
  void serviceLoader_inConstructor_findsProviderOfJar() throws Exception {
    new TestJar(folder.resolve("filters/words.jar"))
        .source("x/Words.java", WORDS)
        .source(
            "x/Hi.java",
            "package x; public class Hi implements Words {"
                + " public String text() { return \"hi\"; } }")
        .entry("META-INF/services/x.Words", "x.Hi")
        .write();
    asks("return java.util.ServiceLoader.load(x.Words.class).iterator().next().text();");

    assertThat(make(load(), "Asks")).hasToString("hi");
  }

  @Test
  void serviceLoader_findsProviderBesideSources() throws Exception {
    write("filters/META-INF/services/java.util.function.Supplier", "Hi # greets");
    write(
        "filters/Hi.java",
        "public class Hi implements java.util.function.Supplier<String> {"
            + " public String get() { return \"hi\"; } }");
    asks(
        "return (String) java.util.ServiceLoader.load(java.util.function.Supplier.class)"
            + ".iterator().next().get();");

    assertThat(make(load(), "Asks")).hasToString("hi");
  }

  @Test
  void driverManager_findsDriverOfEachVersionOfJar() throws Exception {
    asks("return java.sql.DriverManager.getDriver(\"jdbc:words:\").toString();");
    new TestJar(folder.resolve("filters/driver.jar")).driver("one").write();
    var first = load();
    assertThat(make(first, "Asks")).hasToString("one");
    new TestJar(folder.resolve("filters/driver.jar")).driver("two").write();

    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(make(second, "Asks")).hasToString("two");
  }

  @Test
  void resource_besideSource_isFoundAndReplacesItsReadersAlone() throws Exception {
    write("filters/greet.txt", "hello");
    asks("return new String(getClass().getResourceAsStream(\"greet.txt\").readAllBytes());");
    write("filters/Alone.java", "class Alone implements io.lhttp.Filter {}");
    var first = load();
    assertThat(make(first, "Asks")).hasToString("hello");
    write("filters/greet.txt", "good day");

    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(make(second, "Asks")).hasToString("good day");
    assertThat(make(second, "Alone").getClass()).isSameAs(make(first, "Alone").getClass());
    assertThat(second.files()).containsKey("filters/greet.txt");
  }

  @Test
  void resource_readByStreamOfResources_replacesItsReader() throws Exception {
    write("filters/greet.txt", "hello");
    asks(
        "try (var in = getClass().getClassLoader().resources(\"greet.txt\").findFirst()"
            + ".orElseThrow().openStream()) { return new String(in.readAllBytes()); }");
    var first = load();
    assertThat(make(first, "Asks")).hasToString("hello");
    write("filters/greet.txt", "good day");

    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(make(second, "Asks")).hasToString("good day");
  }

  @Test
  void resource_besideSource_winsOverJarAndContextLoaderFindsIt() throws Exception {
    new TestJar(folder.resolve("filters/words.jar")).entry("x/greet.txt", "of the jar").write();
    write("processors/x/greet.txt", "of the source");
    asks(
        "return new String(Thread.currentThread().getContextClassLoader()"
            + ".getResourceAsStream(\"x/greet.txt\").readAllBytes());");

    assertThat(make(load(), "Asks")).hasToString("of the source");
  }

  @Test
  void resource_winsForClassOfJarToo() throws Exception {
    new TestJar(folder.resolve("filters/words.jar"))
        .source(
            "x/Reads.java",
            "package x; public class Reads { public static String text(String name) throws"
                + " Exception { var in = Reads.class.getResourceAsStream(name);"
                + " return in == null ? \"none\" : new String(in.readAllBytes()); } }")
        .entry("greet.txt", "of the jar")
        .entry("x/only.txt", "only the jar")
        .entry("META-INF/services/x.Y", "x.Of")
        .write();
    write("filters/other.txt", "other");
    write("filters/META-INF/services/x.Y", "Asks");
    asks(
        "return x.Reads.text(\"/greet.txt\") + '|' + x.Reads.text(\"only.txt\") + '|' +"
            + " x.Reads.text(\"/other.txt\") + '|' + x.Reads.text(\"/META-INF/services/x.Y\");");
    var first = load();
    assertThat(make(first, "Asks")).hasToString("of the jar|only the jar|none|x.Of");
    write("filters/greet.txt", "of the source");

    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(make(second, "Asks")).hasToString("of the source|only the jar|none|x.Of");
    assertThat(second.replacedAlthoughUnchanged("x.Reads", first))
        .contains("it may read filters/greet.txt");
  }

  @Test
  void resource_inBothFolders_isNamed() throws Exception {
    write("filters/greet.txt", "hello");
    write("processors/greet.txt", "good day");
    asks("return \"\";");

    assertThat(load().warnings())
        .extracting(Problem::toString)
        .containsExactly(
            folder.resolve("processors/greet.txt")
                + ": this resource is hidden by "
                + folder.resolve("filters/greet.txt"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void services_ofSourceAndJar_areAllFoundSourceFirst(boolean hiding) throws Exception {
    new TestJar(folder.resolve("filters/acme.jar"))
        .source("x/Words.java", WORDS)
        .source("x/Helper.java", "package x; public class Helper {}")
        .source(
            "x/Hi.java",
            "package x; public class Hi implements Words {"
                + " public String text() { return \"jar\"; } }")
        .entry("META-INF/services/x.Words", "x.Hi")
        .write();
    write("filters/META-INF/services/x.Words", "Mine");
    write(
        "filters/Mine.java",
        "public class Mine implements x.Words { public String text() { return \"source\"; } }");
    if (hiding) {
      write("filters/x/Helper.java", "package x; public class Helper { int more; }");
    }
    asks(
        "var all = new StringBuilder();"
            + "for (var each : java.util.ServiceLoader.load(x.Words.class)) all.append(each.text());"
            + "return all.toString();");

    assertThat(make(load(), "Asks")).hasToString("sourcejar");
  }

  @ParameterizedTest
  @CsvSource({
    "getResource(name), Alone",
    "getResources(name).nextElement(), Alone",
    "getResource(name), x/Helper",
    "getResources(name).nextElement(), x/Helper",
  })
  void resource_inSourceAndJar_comesFromSource(String call, String source) throws Exception {
    new TestJar(folder.resolve("filters/acme.jar"))
        .source("x/Helper.java", "package x; public class Helper {}")
        .entry("both.txt", "of the jar")
        .write();
    write("filters/both.txt", "of the source");
    var name = source.substring(source.lastIndexOf('/') + 1);
    write(
        "filters/" + source + ".java",
        (source.startsWith("x/") ? "package x; " : "") + "public class " + name + " {}");
    asks(
        "new %s(); var name = \"both.txt\"; var loader = getClass().getClassLoader();"
                .formatted(source.replace('/', '.'))
            + "var all = java.util.Collections.list(loader.getResources(name));"
            + "try (var in = loader.%s.openStream()) {".formatted(call)
            + " return all.size() + new String(in.readAllBytes()); }");

    assertThat(make(load(), "Asks")).hasToString("2of the source");
  }

  @Test
  void resource_besideSourceThatHidesClassOfJar_isListed() throws Exception {
    new TestJar(folder.resolve("filters/acme.jar"))
        .source("x/Helper.java", "package x; public class Helper {}")
        .write();
    write("filters/x/Helper.java", "package x; public class Helper { int more; }");
    write("filters/only.txt", "hello");
    asks(
        "new x.Helper(); var all = getClass().getClassLoader().getResources(\"only.txt\");"
            + "return \"\" + java.util.Collections.list(all).size();");

    assertThat(make(load(), "Asks")).hasToString("1");
  }

  @Test
  void multiReleaseJar_hasClassesOfRunningVersion() throws Exception {
    var words = "package x; public class Words { public static String %s() { return \"%s\"; } }";
    new TestJar(folder.resolve("filters/words.jar"))
        .classes("", "x/Words.java", words.formatted("old", "old"))
        .classes("META-INF/versions/21/", "x/Words.java", words.formatted("text", "new"))
        .write();
    asks("return x.Words.text();");
    var code = load();

    assertThat(make(code, "Asks")).hasToString("new");
    assertThat(code.implementing(Object.class)).containsExactly("Asks", "x.Words");
  }

  @Test
  void nativeLibraryOfJar_isLoadedAgainAfterReplacement() throws Exception {
    var library =
        Files.readAllBytes(
            Path.of(System.getProperty("java.home"), "lib", System.mapLibraryName("prefs")));
    new TestJar(folder.resolve("filters/words.jar"))
        .entry(System.mapLibraryName("lhttpwords"), library)
        .write();
    asks("System.loadLibrary(\"lhttpwords\"); return \"one\";");
    var first = load();
    assertThat(make(first, "Asks")).hasToString("one");
    asks("System.loadLibrary(\"lhttpwords\"); return \"two\";");

    var second = UserCode.load(folder, Optional.of(first), problems);

    assertThat(make(second, "Asks")).hasToString("two");
    assertThat(make(first, "Asks")).hasToString("one");
  }

  @Test
  void thread_startedInConstructor_hasLoaderOfApplication() throws Exception {
    asks(
        "var seen = new ClassLoader[1];"
            + "var t = new Thread(() -> seen[0] = Thread.currentThread().getContextClassLoader());"
            + "t.start(); t.join(); return \"\" + (seen[0] == getClass().getClassLoader());");
    var before = Thread.currentThread().getContextClassLoader();

    assertThat(make(load(), "Asks")).hasToString("true");
    assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
  }

  private void asks(String body) throws IOException {
    write(
        "filters/Asks.java",
        """
        class Asks implements io.lhttp.Filter {
          private final String told;
          Asks() throws Exception { told = ask(); }
          String ask() throws Exception { %s }
          public String toString() { return told; }
        }
        """
            .formatted(body));
  }

  private UserCode load() {
    return UserCode.load(folder, problems);
  }
}
