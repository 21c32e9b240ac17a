package io.lhttp.app.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.app.Processes;
import io.lhttp.fixture.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A start with little memory tells its user the cause; one with little processor time listens. */
class StartMemoryTest extends ProcessFixture {
  private static final long MEGABYTE = 1 << 20;

  @BeforeEach
  void anApplication() throws IOException {
    write("lhttp.yaml", "chain: [trim]\nadmin: false\n");
    write(
        "filters/trim.js",
        "export function before(ctx) { ctx.setHeader('characters', String(ctx.body.length)); }");
    write("processors/echo.js", "export function onMessage(ctx) { ctx.send(ctx.body); }");
  }

  @ParameterizedTest
  @CsvSource({"64, 256, false", "64, 400, true", "4000, 16000, true"})
  void enoughMemory_isNotReported(long heap, long total, boolean compiles) {
    assertThat(new StartMemory(heap * MEGABYTE, total * MEGABYTE, compiles).shortages()).isEmpty();
  }

  @Test
  void smallHeap_isReportedWithSizesAndRemedy() {
    assertThat(new StartMemory(16 * MEGABYTE, 16_000 * MEGABYTE, false).shortages())
        .containsExactly(
            "the heap has 16 MB at most, by -Xmx or as a share of the memory, and a server needs some 64:"
                + " LHTTP_JAVA_OPTIONS=-Xmx256m gives it more");
  }

  @ParameterizedTest
  @CsvSource({"false, 255, 256 before", "true, 399, 400 to compile scripts before"})
  void smallContainer_isReportedWithExitCode(boolean compiles, long total, String needed) {
    assertThat(new StartMemory(64 * MEGABYTE, total * MEGABYTE, compiles).shortages())
        .singleElement()
        .asString()
        .contains(" has " + total + " MB of memory, ", " needs some " + needed, "exit code 137");
  }

  @ParameterizedTest
  @CsvSource({"64, 1300, true", "64, 1299, false", "700, 1024, false", "6000, 24000, true"})
  void roomForPreparation_countsWholeHeap(long heap, long total, boolean room) {
    var memory = new StartMemory(heap * MEGABYTE, total * MEGABYTE, true);
    assertThat(memory.hasRoomForPreparation()).isEqualTo(room);
  }

  @Test
  void failure_namesThreadsOrHeap() {
    var memory = new StartMemory(16 * MEGABYTE, 16_000 * MEGABYTE, false);
    assertThat(memory.failure(new OutOfMemoryError("unable to create native thread: possibly")))
        .contains("ulimit -u")
        .doesNotContain("heap");
    assertThat(memory.failure(new OutOfMemoryError("Java heap space")))
        .startsWith("out of memory (Java heap space): the heap has 16 MB at most");
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "dev"})
  void startWithoutHeap_saysSoInWords(String command) throws Exception {
    // no start has so much memory, so that the test does not depend on what a start needs
    write(
        "processors/Greedy.java",
        """
        public class Greedy implements io.lhttp.Processor {
          private final byte[] all = new byte[200_000_000];
          public void onMessage(io.lhttp.Exchange exchange) {
            exchange.send(all.length + "");
          }
        }
        """);
    write("lhttp.yaml", "processors: { greedy: Greedy }\nadmin: false\n");
    var process =
        processes.lhttp(List.of("-Xmx60m"), List.of(command, folder.toString(), "--port", "0"));

    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    var errors = new String(process.getErrorStream().readAllBytes(), UTF_8);

    assertThat(said).startsWith("warning    the heap has 60 MB at most, by -Xmx");
    // javac may lack memory first
    assertThat(errors)
        .containsPattern(
            "OutOfMemoryError: Java heap space\\s+at Greedy.<init>\\(Greedy.java:2\\)"
                + "|lhttp: out of memory \\(.*\\): the heap has 60 MB");
    assertThat(Processes.exitCode(process)).isIn(1, 3);
  }

  @Test
  void startOnOneBusyProcessor_listensAndAnswers() throws Exception {
    var taskset = Programs.find("taskset");
    assumeTrue(taskset.isPresent(), "no taskset");
    var pinned = List.of(taskset.get().toString(), "-c", firstProcessor());
    var busy = new ArrayList<>(pinned);
    busy.addAll(List.of("sh", "-c", "while :; do :; done"));
    processes.start(new ProcessBuilder(busy));
    var command = new ArrayList<>(pinned);
    command.addAll(Processes.command(List.of("serve", folder.toString(), "--port", "0")));
    var process = processes.start(new ProcessBuilder(command).redirectErrorStream(true));

    var server = Processes.listening(process);

    assertThat(ask(server, "echo", "hi")).isEqualTo("hi");
  }

  /** The first processor on which this process may run. */
  private static String firstProcessor() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("Cpus_allowed_list:"))
        .map(line -> line.replaceFirst("\\D+(\\d+).*", "$1"))
        .findFirst()
        .orElseThrow();
  }
}
