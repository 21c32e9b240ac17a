package io.lhttp.spring;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The starter uses the interfaces that users have, and each library in one package. */
class SpringArchitectureTest {
  private static final JavaClasses starter =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.lhttp.spring");

  @ParameterizedTest
  @CsvSource({
    "io.micrometer.., io.lhttp.spring.metrics",
    "org.springframework.boot.health.., io.lhttp.spring.health",
    "org.springframework.boot.test.., io.lhttp.spring.test",
    "org.springframework.test.., io.lhttp.spring.test",
    "org.junit.., io.lhttp.spring.test",
    "io.lhttp.testing.., io.lhttp.spring.test"
  })
  void optionalLibrary_hasOnePackage(String library, String place) {
    noClasses()
        .that()
        .resideOutsideOfPackage(place)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(starter);
  }

  @Test
  void nats_isUsedByOneClass() {
    noClasses()
        .that()
        .doNotHaveSimpleName("NatsBrokers")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.lhttp.nats..")
        .check(starter);
  }

  @Test
  void internals_areNotUsed() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("io.lhttp.internal..", "io.lhttp.server.internal..", "io.netty..")
                .and(not(resideInAPackage("io.lhttp.internal.text"))))
        .check(starter);
  }
}
