package io.lhttp.server.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.lhttp.fixture.CapturedLog;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Accepting pauses after a failure and resumes; the test needs no socket. */
class AcceptPauseTest {
  private final AtomicLong now = new AtomicLong();
  private final Counters counters = new Counters();
  private final EmbeddedChannel listener = new EmbeddedChannel(new AcceptPause(counters, now::get));
  @AutoClose private final CapturedLog log = new CapturedLog(AcceptPause.class);

  @BeforeEach
  void listen() {
    listener.freezeTime();
  }

  @AfterEach
  void end() {
    listener.finishAndReleaseAll();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "accept(..) failed with error(-24): Too many open files",
        "Too many open files in system",
        "io_uring accept failed: No buffer space available"
      })
  void acceptFailure_pausesAcceptingAndResumes(String cause) {
    fail(cause);
    assertThat(listener.config().isAutoRead()).isFalse();

    listener.advanceTimeBy(AcceptPause.PAUSE.toMillis() - 1, TimeUnit.MILLISECONDS);
    listener.runScheduledPendingTasks();
    assertThat(listener.config().isAutoRead()).isFalse();

    listener.advanceTimeBy(1, TimeUnit.MILLISECONDS);
    listener.runScheduledPendingTasks();
    assertThat(listener.config().isAutoRead()).isTrue();
    assertThat(counters.acceptFailures()).isEqualTo(1);
  }

  @Test
  void acceptFailures_areLoggedOncePerMinuteWithCount() {
    for (var second = 0; second < 125; second++) {
      now.set(TimeUnit.SECONDS.toNanos(second));
      fail("Too many open files");
    }

    assertThat(log.events()).extracting(ILoggingEvent::getLevel).containsOnly(Level.WARN);
    assertThat(log.messages())
        .satisfiesExactly(
            first -> assertThat(first).contains("Too many open files; raise", "failures=1"),
            second -> assertThat(second).contains("failures=60"),
            third -> assertThat(third).contains("failures=60"));
  }

  @Test
  void otherException_isPassedOn() {
    listener.pipeline().fireExceptionCaught(new IllegalStateException("a bug"));

    assertThat(listener.config().isAutoRead()).isTrue();
    assertThatThrownBy(listener::checkException).hasMessage("a bug");
  }

  private void fail(String cause) {
    listener.pipeline().fireExceptionCaught(new IOException(cause));
  }
}
