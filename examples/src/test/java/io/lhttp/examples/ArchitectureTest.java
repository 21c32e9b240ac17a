package io.lhttp.examples;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the folders promise. */
class ArchitectureTest {
  private static JavaClasses product;

  @BeforeAll
  static void readTheProduct() {
    product =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.lhttp");
  }

  @Test
  void allModulesAreLookedAt() {
    for (var known :
        new String[] {
          "message", "server", "filters.pubsub", "scripts", "client", "app", "testing"
        }) {
      assertThat(product.containPackage("io.lhttp." + known)).as(known).isTrue();
    }
  }

  @Test
  void theCodecDependsOnTheJdkAlone() {
    classes()
        .that()
        .resideInAPackage("io.lhttp.message")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("io.lhttp.message", "java..", "org.jspecify..")
        .check(product);
  }

  @Test
  void onlyTheServerPackageKnowsNetty() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.lhttp.server")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(product);
  }

  @ParameterizedTest
  @CsvSource({
    "org.graalvm.., io.lhttp.scripts",
    "okhttp3.., io.lhttp.filters.upstream",
    "io.nats.., io.lhttp.filters.pubsub",
    "com.github.benmanes.caffeine.., io.lhttp.filters.cache",
    "com.nimbusds.., io.lhttp.filters.auth"
  })
  void eachLibraryHasOnePlace(String library, String place) {
    noClasses()
        .that()
        .resideOutsideOfPackage(place)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(product);
  }

  @Test
  void filtersSeeThePublicApiOnly() {
    noClasses()
        .that()
        .resideInAPackage("io.lhttp.filters..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.lhttp..")
                .and(
                    not(
                        resideInAnyPackage(
                            "io.lhttp",
                            "io.lhttp.message",
                            "io.lhttp.outgoing",
                            "io.lhttp.pubsub",
                            "io.lhttp.filters.."))))
        .check(product);
  }

  @Test
  void theClientUsesTheCodecAlone() {
    noClasses()
        .that()
        .resideInAPackage("io.lhttp.client")
        .should()
        .dependOnClassesThat(
            resideInAPackage("io.lhttp..")
                .and(not(resideInAnyPackage("io.lhttp.client", "io.lhttp.message"))))
        .check(product);
  }

  @Test
  void packagesDependOnEachOtherInOneDirection() {
    slices().matching("io.(**)").should().beFreeOfCycles().check(product);
  }

  @Test
  void everyPackageIsCheckedForNull() {
    var io = product.getPackage("io.lhttp");
    assertThat(io.getSubpackagesInTree())
        .filteredOn(p -> !p.getClasses().isEmpty())
        .extracting(JavaPackage::getName)
        .filteredOn(name -> !product.getPackage(name).isAnnotatedWith(NullMarked.class))
        .isEmpty();
  }
}
