package io.lhttp.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.pipeline.ChainSpec;
import io.lhttp.pipeline.ProcessorSpec;
import java.util.ArrayDeque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a lane holds, with exchanges that run when the test says so. */
class LaneBoundsTest {
  private static final int WAITING = 8;
  private static final int MESSAGE = 64 * 1024;
  private static final int QUEUE = 256 * 1024;

  private final ArrayDeque<Runnable> exchanges = new ArrayDeque<>();
  private final LoopHarness harness =
      new LoopHarness(
          Limits.DEFAULT.toBuilder()
              .waitingMessages(WAITING)
              .messageBytes(MESSAGE)
              .queueBytes(QUEUE)
              .build(),
          new ChainSpec(List.of(), List.of(ProcessorSpec.of("m", e -> e.send(e.request().body())))),
          exchanges::add);

  @AfterEach
  void end() {
    harness.close();
  }

  @Test
  void aFullLaneIsNotReadUntilHalfOfItIsDone() {
    for (var i = 0; i <= WAITING; i++) {
      assertThat(harness.reading()).isTrue();
      receive(Integer.toString(i));
    }
    assertThat(harness.reading()).isFalse();

    for (var i = 0; i < WAITING / 2; i++) {
      run();
      assertThat(harness.reading()).isFalse();
    }
    run();
    assertThat(harness.reading()).isTrue();

    while (!exchanges.isEmpty()) {
      run();
    }
    assertThat(harness.bodies()).containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8");
  }

  @Test
  void whatOneReadBringsOnTopIsKept() {
    for (var i = 0; i < 10 * WAITING; i++) {
      receive(Integer.toString(i));
    }
    while (!exchanges.isEmpty()) {
      run();
    }

    assertThat(harness.bodies()).hasSize(10 * WAITING).endsWith("79");
    assertThat(harness.reading()).isTrue();
  }

  @Test
  void moreThanOneReadCanBringClosesTheConnection() {
    var long60 = "x".repeat(60_000);
    var most = (WAITING * MESSAGE + QUEUE) / long60.length();
    for (var i = 0; i <= most; i++) {
      receive(long60);
    }
    assertThat(harness.sent()).isEmpty();

    receive(long60);

    assertThat(harness.bodies()).containsExactly("close 1008");
    run();
    assertThat(exchanges).as("nothing that waited is run").isEmpty();
  }

  @Test
  void repliesThatNobodyReadsHoldTheLaneUp() {
    harness.full(true);
    var long10 = "x".repeat(10_000);
    var answered = 0;
    for (var i = 0; i < 40; i++) {
      receive(long10);
      while (!exchanges.isEmpty()) {
        run();
        answered++;
      }
    }

    assertThat(answered).isEqualTo(QUEUE / 4 / long10.length() + 1);
    assertThat(harness.reading()).isFalse();
    assertThat(harness.session.open()).isTrue();
    assertThat(harness.session.queuedBytes()).isLessThan(QUEUE / 2);

    harness.full(false);
    harness.turn();
    while (!exchanges.isEmpty()) {
      run();
    }
    assertThat(harness.bodies()).hasSize(40);
    assertThat(harness.reading()).isTrue();
  }

  private void receive(String body) {
    harness.session.receive(Message.Format.TEXT, Message.of("m", body).toBytes());
    harness.turn();
  }

  private void run() {
    exchanges.remove().run();
    harness.turn();
  }
}
