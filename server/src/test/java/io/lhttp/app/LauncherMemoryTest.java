package io.lhttp.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./lhttp} chooses the JVM's options by the memory of the machine or the container. */
class LauncherMemoryTest extends LauncherFixture {
  private static final String SMALL_REGIONS = "-XX:G1HeapRegionSize=1m";

  @ParameterizedTest
  @CsvSource({
    "33554432, max, true",
    "67108864, max, false",
    "67108864, 2147483648, true",
    "67108864, 68719476736, false",
    "33554432, '', true",
  })
  void smallMemory_hasSmallRegions(String kilobytes, String limit, boolean small) throws Exception {
    jdk("home", "25");
    write(
        folder.resolve("system/proc/meminfo"),
        "MemTotal:       %s kB\nMemFree: 1 kB\n".formatted(kilobytes));
    write(folder.resolve("system/sys/fs/cgroup/memory.max"), limit + "\n");

    var run = lhttp(List.of("LHTTP_SYSTEM=" + folder.resolve("system")), "check", "x");

    assertThat(run.output()).contains("JAVA ");
    assertThat(run.output().contains(SMALL_REGIONS)).as(run.output()).isEqualTo(small);
  }

  @Test
  void unknownMemory_leavesRegionsToJvm() throws Exception {
    jdk("home", "25");

    var run = lhttp(List.of("LHTTP_SYSTEM=" + folder.resolve("nowhere")), "check", "x");

    assertThat(run.output()).contains("JAVA ").doesNotContain("G1HeapRegionSize");
  }

  @Test
  void ownOptions_comeLater() throws Exception {
    jdk("home", "25");

    var run = lhttp(List.of("LHTTP_JAVA_OPTIONS=-XX:G1HeapRegionSize=8m -Xms1g"), "check", "x");

    assertThat(run.output().indexOf("-XX:G1HeapRegionSize=8m -Xms1g"))
        .isGreaterThan(run.output().indexOf("-Xms16m"))
        .isGreaterThan(run.output().indexOf(SMALL_REGIONS));
  }
}
