package io.lhttp.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/architecture.md} and {@code docs/glossary.md} name types and methods that exist. */
class ArchitecturePageTest {
  private static final int MOST_TERMS = 40;
  private static final String TYPE = "[A-Z]\\w*(?:\\.[A-Z]\\w*)*";
  private static final Pattern METHOD = Pattern.compile("`(" + TYPE + ")\\.([a-z]\\w*)`");
  private static final Pattern TYPES = Pattern.compile("`(" + TYPE + ")`");
  private static final Pattern PACKAGES = Pattern.compile("`(io(?:\\.[a-z]+)+)`");

  private static final int MOST_HOPS = 25;
  private static final int MOST_FILES = 20;

  private static final JavaClasses product = Product.CLASSES;

  /**
   * A row of the table that shows the way of a message: its number, its method and the package of
   * its class.
   */
  private record Hop(int number, String type, String method, String packageName) {
    static Hop of(List<String> cells) {
      var named = METHOD.matcher(cells.get(1));
      assertThat(named.matches()).as(cells.get(1)).isTrue();
      var place = cells.get(2).replace("`", "");
      return new Hop(
          Integer.parseInt(cells.getFirst()),
          named.group(1),
          named.group(2),
          place.startsWith(".") ? "io.lhttp" + place : place);
    }
  }

  @Test
  void hops_areNumberedAndExistInTheirPackage() throws IOException {
    var hops = hops();
    assertThat(hops.stream().map(Hop::number))
        .containsExactlyElementsOf(IntStream.rangeClosed(1, hops.size()).boxed().toList());
    assertThat(hops)
        .allSatisfy(hop ->
            assertThat(named(hop.type()))
                .anyMatch(
                    c -> c.getPackageName().equals(hop.packageName()) && has(c, hop.method())));
  }

  @Test
  void hops_areAsManyAsPageSays() throws IOException {
    assertThat(hops()).hasSizeLessThanOrEqualTo(MOST_HOPS);
    assertThat(page("architecture")).contains("These are " + hops().size() + " hops.");
  }

  @Test
  void walk_goesFromDecoderToFlushOfOtherSocket() throws IOException {
    assertThat(hops().stream().map(Hop::type))
        .startsWith("FrameDecoder")
        .containsSubsequence(
            "InboundQueue",
            "ExchangeRunner",
            "Generations",
            "Pipeline",
            "FilterLink",
            "RunningExchange",
            "Hub",
            "Broker.Feed",
            "LoopEndpoint",
            "LoopSubscribers",
            "OutboundQueue")
        .endsWith("SocketWriter");
  }

  @Test
  void methodsOfArchitecturePage_exist() throws IOException {
    var found = METHOD.matcher(page("architecture")).results().toList();
    assertThat(found).hasSizeGreaterThan(40);
    assertThat(found)
        .filteredOn(m -> !m.group(1).endsWith("Test"))
        .allSatisfy(
            m -> assertThat(named(m.group(1))).as(m.group()).anyMatch(c -> has(c, m.group(2))));
  }

  @Test
  void typesOfBothPages_exist() throws IOException {
    for (var page : List.of("architecture", "glossary")) {
      var found = TYPES.matcher(page(page)).results().map(m -> m.group(1)).toList();
      assertThat(found).as(page).hasSizeGreaterThan(10);
      assertThat(found)
          .filteredOn(type -> !type.endsWith("Test"))
          .allSatisfy(type -> assertThat(named(type)).as(type).isNotEmpty());
    }
  }

  @Test
  void packagesOfArchitecturePage_exist() throws IOException {
    var found =
        PACKAGES
            .matcher(page("architecture"))
            .results()
            .map((MatchResult m) -> m.group(1))
            .toList();
    assertThat(found).hasSizeGreaterThan(15);
    assertThat(found).allMatch(ArchitecturePageTest::exists);
  }

  @Test
  void glossary_hasAtMostFortyTermsOfOneSentence() throws IOException {
    var terms = rows(page("glossary")).filter(cells -> !cells.getFirst().equals("term")).toList();
    assertThat(terms).hasSizeBetween(1, MOST_TERMS);
    assertThat(terms.stream().map(List::getFirst)).doesNotHaveDuplicates();
    assertThat(terms)
        .allSatisfy(cells ->
            assertThat(cells.get(1))
                .matches("[A-Z][^.]*\\.")
                .satisfies(
                    sentence -> assertThat(sentence.split(" ")).hasSizeLessThanOrEqualTo(25)));
    assertThat(terms).allSatisfy(cells -> assertThat(cells.get(2)).containsPattern(TYPES));
  }

  @Test
  void packagesOfMoreThanTwentyFiles_giveReason() throws IOException {
    var infos = packageInfos();
    assertThat(infos).hasSizeGreaterThan(40);
    for (var info : infos) {
      try (var files = Files.list(info.getParent())) {
        if (files.filter(file -> file.toString().endsWith(".java")).count() > MOST_FILES + 1) {
          assertThat(info).content().contains("more than " + MOST_FILES + " files");
        }
      }
    }
  }

  /** Whether a module has the package; not all modules are on the class path. */
  private static boolean exists(String name) {
    return product.containPackage(name)
        || Modules.all().stream()
            .map(module -> AppProcess.HOME.resolve(module).resolve("src/main/java"))
            .anyMatch(sources -> Files.isDirectory(sources.resolve(name.replace('.', '/'))));
  }

  private static List<Path> packageInfos() throws IOException {
    try (var files = Files.walk(AppProcess.HOME)) {
      return files
          .filter(file -> file.endsWith("package-info.java"))
          .filter(file -> file.toString().contains("/src/main/java/"))
          .toList();
    }
  }

  private static List<Hop> hops() throws IOException {
    return rows(page("architecture"))
        .filter(cells -> cells.getFirst().matches("\\d+"))
        .map(Hop::of)
        .toList();
  }

  /** The cells of all rows of all tables, without the lines that separate the heads. */
  private static Stream<List<String>> rows(String page) {
    return page.lines()
        .filter(line -> line.startsWith("| ") && !line.startsWith("| ---"))
        .map(line -> line.substring(1, line.length() - 1).split(" \\| ", -1))
        .map(cells -> Stream.of(cells).map(String::strip).toList());
  }

  /** The classes with this simple name, or with this name within their outer class. */
  private static List<JavaClass> named(String type) {
    var end = "." + type.replace('.', '$');
    return product.stream().filter(c -> c.getName().endsWith(end)).toList();
  }

  private static boolean has(JavaClass type, String method) {
    return type.getAllMethods().stream().anyMatch(m -> m.getName().equals(method));
  }

  private static String page(String name) throws IOException {
    return Files.readString(AppProcess.HOME.resolve("docs/" + name + ".md"));
  }
}
