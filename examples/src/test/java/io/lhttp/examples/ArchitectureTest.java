package io.lhttp.examples;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import java.util.Set;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The product's classes keep the layers, library boundaries and package rules. */
class ArchitectureTest {
  private static final JavaClasses product = Product.CLASSES;

  @Test
  void eachModule_isChecked() {
    for (var known :
        new String[] {
          "message",
          "channel",
          "server.internal.connection",
          "filters.pubsub",
          "nats.internal.jetstream",
          "scripts.context",
          "client",
          "app.cli",
          "testing"
        }) {
      assertThat(product.containPackage("io.lhttp." + known)).as(known).isTrue();
    }
  }

  @Test
  void message_dependsOnJdkAlone() {
    classes()
        .that()
        .resideInAPackage("io.lhttp.message")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("io.lhttp.message", "java..", "org.jspecify..")
        .check(product);
  }

  @ParameterizedTest
  @CsvSource({
    "io.netty.., io.lhttp.server..",
    "org.graalvm.., io.lhttp.scripts..",
    "com.oracle.truffle.., io.lhttp.scripts..",
    "okhttp3.., io.lhttp.filters.upstream",
    "io.nats.., io.lhttp.nats..",
    "com.github.benmanes.caffeine.., io.lhttp.internal.cache",
    "com.nimbusds.., io.lhttp.filters.auth",
    "io.micrometer.., io.lhttp.app..",
    "io.opentelemetry.., io.lhttp.app.tracing",
    "org.HdrHistogram.., io.lhttp.bench..",
    "picocli.., io.lhttp.app..",
    "org.junit.., io.lhttp.testing"
  })
  void library_hasOnePlace(String library, String place) {
    noClasses()
        .that()
        .resideOutsideOfPackage(place)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(product);
  }

  /** Only core writes JSON, for all modules. The application reads JSON and YAML with Jackson. */
  @Test
  void jackson_writesInOnePlace() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.lhttp.internal.text", "io.lhttp.app..", "io.lhttp.bench..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.fasterxml..")
        .check(product);
    noClasses()
        .that()
        .resideOutsideOfPackage("io.lhttp.internal.text")
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("com.fasterxml.jackson.core.JsonGenerator")
        .check(product);
  }

  /**
   * Built-in filters and brokers use only the interfaces that users have, the bounded cache, and
   * core's code for logs, JSON and PEM.
   */
  @Test
  void filtersAndBrokers_seeInterfacesOfCoreAlone() {
    noClasses()
        .that()
        .resideInAnyPackage("io.lhttp.filters..", "io.lhttp.nats..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.lhttp..")
                .and(
                    not(
                        resideInAnyPackage(
                            "io.lhttp",
                            "io.lhttp.message",
                            "io.lhttp.outgoing",
                            "io.lhttp.channel",
                            "io.lhttp.control",
                            "io.lhttp.tracing",
                            "io.lhttp.revocation",
                            "io.lhttp.internal.cache",
                            "io.lhttp.internal.log",
                            "io.lhttp.internal.text",
                            "io.lhttp.filters..",
                            "io.lhttp.nats.."))))
        .check(product);
  }

  @ParameterizedTest
  @CsvSource({
    "io.lhttp.internal.., io.lhttp.server.., io.lhttp.app..",
    "io.lhttp.server.internal.., io.lhttp.app.., io.lhttp.testing..",
    "io.lhttp.nats.internal.., io.lhttp.nats.., io.lhttp.nats.."
  })
  void internals_areSeenByOwnModulesAlone(String internals, String user, String other) {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            internals,
            user,
            other,
            "io.lhttp",
            "io.lhttp.chain",
            "io.lhttp.channel",
            "io.lhttp.control",
            "io.lhttp.server",
            "io.lhttp.testing..")
        .should()
        .dependOnClassesThat(
            resideInAPackage(internals)
                .and(
                    not(
                        resideInAnyPackage(
                            "io.lhttp.internal.cache",
                            "io.lhttp.internal.log",
                            "io.lhttp.internal.text"))))
        .check(product);
  }

  @Test
  void javaClient_usesCodecAlone() {
    noClasses()
        .that()
        .resideInAPackage("io.lhttp.client..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.lhttp..")
                .and(not(resideInAnyPackage("io.lhttp.client..", "io.lhttp.message"))))
        .check(product);
  }

  /**
   * The internal packages behind an API have no cycles. The API and its internals may use each
   * other.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "io.lhttp.internal.(**)",
        "io.lhttp.server.internal.(**)",
        "io.lhttp.filters.(**)",
        "io.lhttp.nats.internal.(**)",
        "io.lhttp.client.internal.(**)",
        "io.lhttp.scripts.(**)",
        "io.lhttp.app.(**)"
      })
  void packages_haveNoCycles(String rooms) {
    slices().matching(rooms).should().beFreeOfCycles().check(product);
  }

  @Test
  void layers_dependInOneDirection() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("io.lhttp..")
        .layer("message")
        .definedBy("io.lhttp.message")
        .layer("core")
        .definedBy(
            "io.lhttp",
            "io.lhttp.chain",
            "io.lhttp.channel",
            "io.lhttp.control",
            "io.lhttp.revocation",
            "io.lhttp.outgoing",
            "io.lhttp.tracing",
            "io.lhttp.internal..")
        .layer("netty")
        .definedBy("io.lhttp.server..")
        .layer("extensions")
        .definedBy("io.lhttp.filters..", "io.lhttp.nats..", "io.lhttp.scripts..")
        .layer("testing")
        .definedBy("io.lhttp.testing..")
        .layer("application")
        .definedBy("io.lhttp.app..")
        .layer("client")
        .definedBy("io.lhttp.client..")
        .optionalLayer("others")
        .definedBy("io.lhttp.examples..", "io.lhttp.bench..")
        .whereLayer("netty")
        .mayOnlyBeAccessedByLayers("testing", "application", "others")
        .whereLayer("extensions")
        .mayOnlyBeAccessedByLayers("application", "others")
        .whereLayer("application")
        .mayOnlyBeAccessedByLayers("others")
        .check(product);
  }

  /** A package with more than twenty files gives its reason in its {@code package-info}. */
  @Test
  void packages_haveAtMostTwentyFiles() {
    var large =
        Set.of(
            "io.lhttp",
            "io.lhttp.internal.chain",
            "io.lhttp.scripts",
            "io.lhttp.app.api.method",
            "io.lhttp.app.code",
            "io.lhttp.filters.auth",
            "io.lhttp.filters.upstream",
            "io.lhttp.client");
    for (var p : product.getPackage("io.lhttp").getSubpackagesInTree()) {
      var files =
          p.getClasses().stream()
              .filter(c -> !c.isArray() && c.getEnclosingClass().isEmpty())
              .count();
      if (!large.contains(p.getName())) {
        assertThat(files).as(p.getName()).isLessThanOrEqualTo(21);
      }
    }
  }

  @Test
  void packages_areNullMarked() {
    var io = product.getPackage("io.lhttp");
    assertThat(io.getSubpackagesInTree())
        .filteredOn(p -> !p.getClasses().isEmpty())
        .extracting(JavaPackage::getName)
        .filteredOn(name -> !product.getPackage(name).isAnnotatedWith(NullMarked.class))
        .isEmpty();
  }
}
