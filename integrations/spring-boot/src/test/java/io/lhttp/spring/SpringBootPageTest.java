package io.lhttp.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.filters.auth.AuthFilter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The blocks of {@code docs/how-to/spring-boot.md} are files that a build runs. */
class SpringBootPageTest {
  private static final Path HOME = Path.of(System.getProperty("lhttp.home"));
  private static final Path PAGE = HOME.resolve("docs/how-to/spring-boot.md");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(xml|java|yaml)\n(.*?)^```$");

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(AutoConfigurations.of(LhttpAutoConfiguration.class))
          .withPropertyValues("lhttp.auto-startup=false");

  /** Maven builds the example with the page's POM, as a user's project of its own. */
  @Test
  void blocks_areFilesOfExample() throws IOException {
    var files = texts(HOME.resolve("examples/spring-boot"));
    files.addAll(
        texts(HOME.resolve("integrations/spring-boot/src/test/java/io/lhttp/spring/page")));
    var blocks = BLOCK.matcher(Files.readString(PAGE)).results().toList();

    assertThat(blocks).hasSizeGreaterThan(6);
    assertThat(blocks)
        .allSatisfy(block -> assertThat(files).anyMatch(file -> file.endsWith(block.group(2))));
  }

  @Test
  void pom_hasVersionsOfBuild() throws IOException {
    var example = Files.readString(HOME.resolve("examples/spring-boot/pom.xml"));
    var parent = Files.readString(HOME.resolve("pom.xml"));

    assertThat(first("<lhttp.version>([^<]+)<", example))
        .isEqualTo(first("\n  <version>([^<]+)<", parent));
    assertThat(
            first(
                "<artifactId>spring-boot-starter-parent</artifactId>\\s+<version>([^<]+)<",
                example))
        .isEqualTo(first("<spring-boot.version>([^<]+)<", parent));
  }

  @Test
  void propertiesOfExample_areRead() {
    var file = HOME.resolve("examples/spring-boot/src/main/resources/application.yaml");
    runner
        .withInitializer(new ConfigDataApplicationContextInitializer())
        .withUserConfiguration(Chat.class)
        .withPropertyValues("spring.config.location=" + file.toUri())
        .run(context ->
            assertThat(context.getBean(LhttpProperties.class).listen())
                .hasToString("0.0.0.0:8081"));
  }

  @Test
  void authFilter_isBeanOfChain() {
    runner
        .withUserConfiguration(type("io.lhttp.spring.page.BuiltInFilters"))
        .withPropertyValues("chat.jwt-secret=" + "s".repeat(40))
        .run(context -> {
          assertThat(context).hasSingleBean(AuthFilter.class);
          var chain =
              new ChainBeans(
                  context.getBeanFactory(),
                  context.getEnvironment(),
                  context.getBean(LhttpProperties.class));
          assertThat(chain.spec(Optional.empty()).filters())
              .extracting(filter -> filter.name())
              .containsExactly("auth", "pubsub", "multipart");
        });
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static String first(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().findFirst().orElseThrow().group(1);
  }

  private static List<String> texts(Path folder) throws IOException {
    var texts = new ArrayList<String>();
    try (var files = Files.walk(folder)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        var name = file.toString().replace('\\', '/');
        if (!name.contains("/target/")
            && (name.endsWith("/pom.xml") || name.matches(".*\\.(java|yaml)"))) {
          texts.add(Files.readString(file));
        }
      }
    }
    return texts;
  }
}
