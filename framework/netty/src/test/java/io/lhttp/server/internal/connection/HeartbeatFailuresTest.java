package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.chain.ChainSpec;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.server.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The heartbeat of an event loop continues when one connection throws. */
class HeartbeatFailuresTest {
  private static final Duration INTERVAL = Duration.ofSeconds(32);
  private static final int PING = 0x89;
  private static final int TURN = 32;

  @AutoClose private final CapturedLog logged = new CapturedLog(Heartbeat.class);
  private final BrokenChannel broken = new BrokenChannel();
  private final EmbeddedChannel sound = new EmbeddedChannel();
  private final LoopHarness harness =
      new LoopHarness(
          Limits.builder().pingInterval(INTERVAL).build(),
          new ChainSpec(List.of(), List.of()),
          Runnable::run);

  /** A channel that throws the test's exception when its state is read. */
  private static final class BrokenChannel extends EmbeddedChannel {
    @Nullable RuntimeException exception;
    @Nullable Error error;

    @Override
    public boolean isWritable() {
      if (exception != null) {
        throw exception;
      }
      if (error != null) {
        throw error;
      }
      return super.isWritable();
    }
  }

  @AfterEach
  void end() {
    broken.exception = null;
    broken.error = null;
    harness.close();
    broken.finishAndReleaseAll();
    sound.finishAndReleaseAll();
  }

  @ParameterizedTest
  @ValueSource(
      classes = {IllegalStateException.class, StackOverflowError.class, AssertionError.class})
  void throwingConnection_isLogged_andHeartbeatContinues(Class<? extends Throwable> kind)
      throws Exception {
    var failing = harness.another(broken);
    var other = harness.another(sound);
    harness.startHeartbeat();
    var thrown = unique(kind.getConstructor().newInstance());
    switch (thrown) {
      case RuntimeException exception -> broken.exception = exception;
      case Error error -> broken.error = error;
      default -> throw new IllegalArgumentException(thrown);
    }

    for (var turn = 0; turn < 3; turn++) {
      turn();
      assertThat(pings(sound)).as("turn %d", turn).isEqualTo(1);
      other.heartbeat.signOfLife();
    }
    assertThat(logged.events())
        .singleElement()
        .satisfies(event -> {
          assertThat(event.getFormattedMessage()).contains("the heartbeat failed and continues");
          assertThat(event.getThrowableProxy().getClassName()).isEqualTo(kind.getName());
        });

    broken.exception = null;
    broken.error = null;
    failing.heartbeat.signOfLife();
    turn();
    assertThat(pings(broken)).isEqualTo(1);
  }

  private void turn() {
    // the event loop of an embedded channel runs only while the channel is open
    harness.session.heartbeat.signOfLife();
    for (var tick = 0; tick < TURN; tick++) {
      harness.advance(INTERVAL.dividedBy(TURN));
    }
    harness.turn();
    sound.runPendingTasks();
    broken.runPendingTasks();
  }

  private static int pings(EmbeddedChannel channel) {
    var pings = 0;
    for (ByteBuf frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
      pings += frame.getUnsignedByte(0) == PING ? 1 : 0;
      frame.release();
    }
    return pings;
  }

  /** Returns an exception with a new cause, because the log reports each cause once a minute. */
  private static Throwable unique(Throwable thrown) {
    thrown.setStackTrace(
        new StackTraceElement[] {
          new StackTraceElement("Thrower", UUID.randomUUID().toString(), "Thrower.java", 1)
        });
    return thrown;
  }
}
