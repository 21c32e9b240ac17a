package io.lhttp.app.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.lhttp.control.Actor;
import io.lhttp.control.AuditLog;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

/** The terminal of a developer shows no audit line of the reloads that it shows anyway. */
class DeveloperLineTest {
  private final LoggerContext context = new LoggerContext();
  private final DeveloperLine line =
      new DeveloperLine(
          new LogLine(ZoneOffset.UTC), failure -> Optional.empty(), new Repetitions(() -> 0));

  @Test
  void reloadOfTheWatch_isNotShownAndOthersAre() {
    assertThat(shown(AuditLog.class, new Actor(Actor.Kind.SERVER, "folder watch"), "reload"))
        .isEmpty();
    assertThat(shown(AuditLog.class, new Actor(Actor.Kind.SERVER, ""), "rollback"))
        .contains("audit");
    assertThat(shown(AuditLog.class, new Actor(Actor.Kind.KEY, "backend"), "reload"))
        .contains("audit");
    assertThat(shown(Actor.class, new Actor(Actor.Kind.SERVER, ""), "reload")).contains("audit");
  }

  private String shown(Class<?> logger, Actor actor, String method) {
    var event =
        new LoggingEvent("", context.getLogger(logger), Level.INFO, "audit", null, new Object[0]);
    event.setKeyValuePairs(
        List.of(new KeyValuePair("actor", actor), new KeyValuePair("method", method)));
    return line.doLayout(event);
  }
}
