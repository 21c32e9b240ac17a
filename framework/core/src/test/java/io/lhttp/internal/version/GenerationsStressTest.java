package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.OnError;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.channel.Broker;
import io.lhttp.internal.chain.StubConnection;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** An exchange sees one open generation while threads swap the chain again and again. */
class GenerationsStressTest {
  private static final int THREADS = 8;
  private static final int SWAPS = 300;
  // fewer stripes than threads, so that some threads share one
  private static final int STRIPES = 3;

  /** The number of exchanges that ended in another generation than the one in which they began. */
  private final LongAdder mixed = new LongAdder();

  private final LongAdder usedAfterClose = new LongAdder();
  private final ConcurrentLinkedQueue<Member> made = new ConcurrentLinkedQueue<>();

  @Test
  void swap_whileMessagesRun_exchangeSeesOneOpenGeneration() throws Exception {
    var scheduler = new ManualScheduler();
    // so long that only the last exchange of a generation closes its links
    var never = Duration.ofDays(1);
    var generations = new Generations(chain(1), STRIPES, never, scheduler);
    var running = new AtomicBoolean(true);
    var ran = new LongAdder();
    var begun = new CountDownLatch(THREADS);
    var failures = new ArrayList<Future<?>>();
    // Platform threads, because virtual threads that never wait keep their carriers, so that a
    // waiting one might never run.
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      for (var t = 0; t < THREADS; t++) {
        var stripe = t % STRIPES;
        failures.add(
            threads.submit(() -> {
              var connection = new StubConnection();
              var message = Message.of("x", "");
              while (running.get()) {
                var generation = generations.pin(stripe);
                try {
                  generation.pipeline().run(connection, message, (by, c, m) -> Broker.TAKEN, null);
                } finally {
                  generation.unpin(stripe);
                }
                ran.increment();
                begun.countDown();
              }
            }));
      }
      begun.await();
      for (var swap = 2; swap <= SWAPS; swap++) {
        generations.swap(chain(swap));
        scheduler.runDue();
      }
      running.set(false);
    }
    for (var failure : failures) {
      failure.get();
    }
    scheduler.runDue();

    assertThat(mixed.sum()).isZero();
    assertThat(usedAfterClose.sum()).isZero();
    assertThat(ran.sum()).isGreaterThanOrEqualTo(THREADS);
    assertThat(made).hasSize(2 * SWAPS);
    assertThat(made)
        .filteredOn(member -> member.generation < SWAPS)
        .allSatisfy(member -> assertThat(member.closed).hasValue(1));
    assertThat(made)
        .filteredOn(member -> member.generation == SWAPS)
        .allSatisfy(member -> assertThat(member.closed).hasValue(0));
  }

  private ChainSpec chain(int generation) {
    var fingerprint = Integer.toString(generation);
    return new ChainSpec(
        List.of(new FilterSpec("f", fingerprint, OnError.REFUSE, () -> member(generation))),
        List.of(new ProcessorSpec("x", fingerprint, () -> member(generation))));
  }

  private Member member(int generation) {
    var member = new Member(generation);
    made.add(member);
    return member;
  }

  /**
   * A link that is both a filter and a processor, so that one exchange runs through two of them.
   */
  private final class Member implements Filter, Processor, AutoCloseable {
    final int generation;
    final AtomicInteger closed = new AtomicInteger();

    Member(int generation) {
      this.generation = generation;
    }

    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      check(exchange);
      var outcome = chain.proceed(exchange);
      check(exchange);
      return outcome;
    }

    @Override
    public void onMessage(Exchange exchange) {
      check(exchange);
    }

    @Override
    public void onOpen(Exchange exchange) {}

    @Override
    public void onOpen(Connection connection) {}

    @Override
    public void onLeave(Connection connection) {}

    @Override
    public void onClose(Connection connection) {}

    @Override
    public boolean mayBlock() {
      return true;
    }

    @Override
    public boolean mayBlock(Message message) {
      return true;
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }

    private void check(Exchange exchange) {
      if (exchange.generation() != generation) {
        mixed.increment();
      }
      if (closed.get() != 0) {
        usedAfterClose.increment();
      }
    }
  }
}
