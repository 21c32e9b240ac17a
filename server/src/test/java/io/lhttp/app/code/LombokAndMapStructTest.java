package io.lhttp.app.code;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.config.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Tests Lombok and MapStruct, as their makers publish them, in an application's folder. Maven puts
 * their jars below {@code target} in its phase {@code generate-test-resources}.
 */
class LombokAndMapStructTest extends CodeFixture {
  private static final Path JARS = Path.of("target", "annotation-processors");

  private static final String POINT =
      """
      import lombok.*;
      import lombok.extern.slf4j.Slf4j;
      @Slf4j
      class Point implements io.lhttp.Filter {
        @Data @Builder static class Where { private final int x; private int y; }
        @Getter(lazy = true) private final String name = log.getName();
        @SneakyThrows public String toString() {
          val where = Where.builder().x(1).y(2).build();
          where.setY(3);
          if (where.getX() == 0) throw new Exception("checked");
          return where + " of " + getName();
        }
      }
      """;

  @Test
  void lombok_addsMembersAgainAfterEachReload() throws Exception {
    jars("lombok");
    write("filters/Point.java", POINT);
    var first = load(Optional.empty());
    assertThat(make(first, "Point")).hasToString("Point.Where(x=1, y=3) of Point");
    write("filters/Point.java", POINT.replace("setY(3)", "setY(4)"));

    var second = load(Optional.of(first));

    assertThat(make(second, "Point")).hasToString("Point.Where(x=1, y=4) of Point");
    assertThat(make(first, "Point")).hasToString("Point.Where(x=1, y=3) of Point");
  }

  @Test
  void lombokConfig_besideSources_countsAndReplacesAfterChange() throws Exception {
    jars("lombok");
    write("filters/lombok.config", "lombok.log.fieldName = out");
    write("filters/Point.java", POINT.replace("log.getName", "out.getName"));
    var first = load(Optional.empty());
    assertThat(make(first, "Point")).hasToString("Point.Where(x=1, y=3) of Point");
    write("filters/lombok.config", "lombok.log.fieldName = log");

    UserCode.load(folder, Optional.of(first), problems);

    assertThat(problems.found())
        .extracting(Problem::toString)
        .anyMatch(text -> text.contains("cannot find symbol") && text.contains("variable out"));
  }

  @Test
  void misuseOfLombok_hasFileAndLine() throws Exception {
    jars("lombok");
    var file = write("filters/Point.java", "\n@lombok.Data interface Point {}");

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::toString)
        .singleElement()
        .asString()
        .startsWith(file + ":2:1: @Data is only supported on a class");
  }

  @Test
  void mapStruct_generatesMapperAgainAfterEachReload() throws Exception {
    jars("mapstruct", "mapstruct-processor");
    writeMapper("name");
    var first = load(Optional.empty());
    assertThat(make(first, "Maps")).hasToString("To[name=n, count=3]");
    writeMapper("nick");

    var second = load(Optional.of(first));

    assertThat(make(second, "Maps")).hasToString("To[nick=n, count=3]");
    assertThat(make(first, "Maps")).hasToString("To[name=n, count=3]");
  }

  @Test
  void misuseOfMapStruct_hasFileAndLine() throws Exception {
    jars("mapstruct", "mapstruct-processor");
    var file =
        write(
            "filters/Copies.java",
            """
            import org.mapstruct.*;
            @Mapper interface Copies {
              record From(int count) {}
              record To(String count) {}
              @Mapping(target = "count", source = "number") To to(From from);
            }
            """);

    UserCode.load(folder, problems);

    assertThat(problems.found())
        .extracting(Problem::toString)
        .singleElement()
        .asString()
        .startsWith(file + ":5:39: No property named \"number\" exists");
  }

  @Test
  void mapStruct_mapsByAccessorsOfLombok() throws Exception {
    jars("lombok", "lombok-mapstruct-binding", "mapstruct", "mapstruct-processor");
    write("filters/From.java", "@lombok.Data public class From { private int count = 3; }");
    write("filters/To.java", "@lombok.Data public class To { private String count; }");
    write(
        "filters/Maps.java",
        """
        import org.mapstruct.*;
        import org.mapstruct.factory.Mappers;
        class Maps implements io.lhttp.Filter {
          @Mapper interface Copies { To to(From from); }
          public String toString() {
            return Mappers.getMapper(Copies.class).to(new From()).toString();
          }
        }
        """);

    assertThat(make(load(Optional.empty()), "Maps")).hasToString("To(count=3)");
  }

  private void writeMapper(String property) throws IOException {
    write(
        "filters/Maps.java",
        """
        import org.mapstruct.*;
        import org.mapstruct.factory.Mappers;
        class Maps implements io.lhttp.Filter {
          record From(int count, String name) {}
          record To(String PROPERTY, String count) {}
          @Mapper interface Copies { @Mapping(target = "PROPERTY", source = "name") To to(From from); }
          public String toString() {
            return Mappers.getMapper(Copies.class).to(new From(3, "n")).toString();
          }
        }
        """
            .replace("PROPERTY", property));
  }

  private UserCode load(Optional<UserCode> before) {
    var code = UserCode.load(folder, before, problems);
    assertThat(problems.found()).isEmpty();
    return code;
  }

  private void jars(String... names) throws IOException {
    var filters = Files.createDirectories(folder.resolve("filters"));
    for (var name : names) {
      Files.copy(JARS.resolve(name + ".jar"), filters.resolve(name + ".jar"));
    }
  }
}
