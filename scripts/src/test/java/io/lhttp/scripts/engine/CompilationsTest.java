package io.lhttp.scripts.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The compiler's failures change what the server says about its scripts. */
class CompilationsTest {
  private final Compilations compilations = new Compilations();

  @Test
  void workingCompiler_hasNoDefect() {
    compilations.succeeded();

    assertThat(compilations).hasToString("1 functions compiled, 0 failed");
    assertThat(compilations.defect()).isEmpty();
  }

  @Test
  void failuresOfMostFunctions_areDefectWithFirstReason() {
    compilations.succeeded();
    compilations.failed("before", "GraalError: no assertion\n\tat parsing x", false);
    compilations.failed("after", "GraalError: another", false);

    assertThat(compilations.defect())
        .contains(
            "the compiler fails (1 functions compiled, 2 failed): before: GraalError: no"
                + " assertion");
  }

  @Test
  void failuresOfFewFunctions_areNoDefect() {
    compilations.succeeded();
    compilations.succeeded();
    compilations.failed("before", "GraalError", false);

    assertThat(compilations.failed()).isOne();
    assertThat(compilations.defect()).isEmpty();
  }

  @Test
  void compilationGivenUp_isNoFailure() {
    compilations.failed("before", "graph too big", true);

    assertThat(compilations.failed()).isZero();
    assertThat(compilations.defect()).isEmpty();
  }

  @Test
  void defectOfCompiler_staysDefect() {
    compilations.defect("the compiler is of another version");
    compilations.succeeded();

    assertThat(compilations.defect()).contains("the compiler is of another version");
  }
}
