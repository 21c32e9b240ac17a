package io.lhttp.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AuditLogTest {
  private final AuditLog log = new AuditLog();

  @Test
  void latest_returnsNewestFirstOfAllKinds() {
    add("disconnect", 1);
    add("publish", 2);
    add("reload", 3);

    assertThat(log.latest(2)).extracting(AuditEvent::target).containsExactly("3", "2");
    assertThat(log.latest(9)).extracting(AuditEvent::target).containsExactly("3", "2", "1");
    assertThat(log.latest(0)).isEmpty();
  }

  @Test
  void manyChanges_oldestIsForgotten() {
    IntStream.rangeClosed(0, AuditLog.CAPACITY).forEach(i -> add("disconnect", i));

    assertThat(log.latest(Integer.MAX_VALUE))
        .hasSize(AuditLog.CAPACITY)
        .extracting(AuditEvent::target)
        .startsWith("1000")
        .endsWith("1");
  }

  @Test
  void manyPublicationsAndQuestions_displaceNoChange() {
    add("disconnect", -1);
    IntStream.range(0, 3 * AuditLog.CAPACITY)
        .forEach(i -> add(i % 2 == 0 ? "publish" : "blocked", i));

    assertThat(log.latest(Integer.MAX_VALUE))
        .hasSize(AuditLog.CAPACITY + 1)
        .extracting(AuditEvent::target)
        .endsWith("-1");
  }

  @Test
  void longTarget_isCut() {
    var event =
        new AuditEvent(
            Instant.EPOCH,
            Actor.JAVA,
            "channels",
            "x".repeat(100_000),
            "y".repeat(100_000),
            List.of(),
            List.of());

    assertThat(event.target()).hasSize(AuditEvent.MAX_LENGTH + 1).endsWith("…");
    assertThat(event.result()).hasSize(AuditEvent.MAX_LENGTH + 1);
  }

  private void add(String method, int target) {
    log.add(
        new AuditEvent(
            Instant.EPOCH,
            Actor.JAVA,
            method,
            Integer.toString(target),
            "done",
            List.of(),
            List.of()));
  }
}
