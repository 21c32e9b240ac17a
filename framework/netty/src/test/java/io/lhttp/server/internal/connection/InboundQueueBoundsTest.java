package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.MemoryShare;
import io.lhttp.server.internal.limit.Budget;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The inbound queue keeps its bounds; the test decides when an exchange runs. */
class InboundQueueBoundsTest {
  private static final int WAITING = 8;
  private static final int MESSAGE = 64 * 1024;
  private static final int WAITING_BYTES = 200 * 1024;
  private static final long MEMORY = 100L << 20;
  private static final int QUEUE = 256 * 1024;

  private final ArrayDeque<Runnable> exchanges = new ArrayDeque<>();
  private final LoopHarness harness =
      new LoopHarness(
          Limits.builder()
              .waitingMessages(WAITING)
              .waitingBytes(WAITING_BYTES)
              .memory(MemoryShare.ofBytes(MEMORY))
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
  void fullQueue_isNotReadUntilHalfEmpty() {
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
  void messagesOfOneRead_overBound_areKept() {
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
  void queue_fullByBytes_isNotRead() {
    receive("x".repeat(60_000)); // this message's exchange runs
    var count = 0;
    while (harness.reading()) {
      receive("x".repeat(60_000));
      count++;
    }

    assertThat(count).isEqualTo(WAITING_BYTES / 60_000 + 1);
    assertThat(harness.budget.used(Budget.Part.RECEIVED)).isBetween(count * 60_000L, MEMORY);
    for (var done = 0; done < count / 2; done++) {
      run();
    }
    assertThat(harness.reading()).isFalse();
    run();
    assertThat(harness.reading()).isTrue();
  }

  @Test
  void compressedMessage_waitsCompressed() {
    receive("first");
    var before = harness.budget.used(Budget.Part.RECEIVED);

    receiveCompressed("x".repeat(60_000));

    assertThat(harness.budget.used(Budget.Part.RECEIVED) - before).isLessThan(1_000);
    run();
    run();
    assertThat(harness.bodies()).containsExactly("first", "x".repeat(60_000));
    assertThat(harness.budget.used()).isZero();
  }

  @Test
  void corruptCompressedMessage_closesInItsTurn() {
    receive("first");
    harness.session.receiver().receive(Message.Format.TEXT, new byte[] {7, 7}, true);
    receive("never");
    assertThat(harness.sent()).isEmpty();

    run();

    assertThat(harness.bodies()).containsExactly("first", "close 1007");
    assertThat(exchanges).isEmpty();
    assertThat(harness.budget.used()).isZero();
  }

  @Test
  void scarceMemory_pausesConnectionThatHoldsMuch() {
    harness.budget.add(Budget.Part.SENDING, MEMORY - 64 * 1_000);
    receive("runs");
    receive("waits");
    assertThat(harness.reading()).isTrue();

    receive("x".repeat(1_000));

    assertThat(harness.reading()).isFalse();
    assertThat(harness.counters.memoryPauses()).isEqualTo(1);
    while (!exchanges.isEmpty()) {
      run();
    }
    assertThat(harness.reading()).isTrue();
    assertThat(harness.bodies()).hasSize(3);
  }

  @Test
  void noMemory_messageIsRefusedInItsTurn() {
    receive("runs");
    harness.budget.add(Budget.Part.SENDING, MEMORY - harness.budget.used() - 1_000);

    receive("x".repeat(2_000));
    receive("fits");
    assertThat(harness.budget.used()).isLessThanOrEqualTo(MEMORY);
    run();

    var sent = harness.sent();
    assertThat(sent).extracting(Message::command).containsExactly("m", "error");
    assertThat(sent.getLast().header("status")).contains("503");
    assertThat(sent.getLast().header("retry-after")).contains("1");
    assertThat(harness.counters.memoryRefusals()).isEqualTo(1);
    run();
    assertThat(harness.bodies()).containsExactly("fits");
  }

  @Test
  void noMemoryForRefusal_closesConnection() {
    receive("runs");
    harness.budget.add(Budget.Part.SENDING, MEMORY - harness.budget.used() - 100);

    receive("too much");

    assertThat(harness.bodies()).containsExactly("close 1013");
    assertThat(harness.counters.memoryCloses()).isEqualTo(1);
    run();
    assertThat(exchanges).as("nothing that waited is run").isEmpty();
  }

  @Test
  void connectionEnds_givesBackMemory() {
    for (var i = 0; i < WAITING; i++) {
      receive("x".repeat(1_000));
    }
    assertThat(harness.budget.used()).isGreaterThan(WAITING * 1_000L);

    harness.end();
    run();

    assertThat(harness.budget.used()).isZero();
  }

  @Test
  void unreadReplies_pauseQueue() {
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
    harness.session.receiver().receive(Message.Format.TEXT, Message.of("m", body).toBytes(), false);
    harness.turn();
  }

  private void receiveCompressed(String body) {
    var deflater = new Deflater(9, true);
    deflater.setInput(Message.of("m", body).toBytes());
    var compressed = new byte[2_000];
    var length = deflater.deflate(compressed, 0, compressed.length, Deflater.SYNC_FLUSH);
    deflater.end();
    harness
        .session
        .receiver()
        .receive(Message.Format.TEXT, Arrays.copyOf(compressed, length - 4), true);
    harness.turn();
  }

  private void run() {
    exchanges.remove().run();
    harness.turn();
  }
}
