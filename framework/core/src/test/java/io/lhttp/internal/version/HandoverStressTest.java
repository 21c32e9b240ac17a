package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Filter;
import io.lhttp.HandsOver;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A resource has one owner, whatever fails, is abandoned or rolled back at the same time. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandoverStressTest {
  private static final int ROUNDS = 200;
  private static final int FAILING = 5;

  private final AtomicReference<@Nullable Door> owner = new AtomicReference<>();
  private final AtomicInteger number = new AtomicInteger();
  private final AtomicInteger broken = new AtomicInteger();

  @Test
  void concurrentChanges_neverShareResource() throws Exception {
    try (var threads = Executors.newCachedThreadPool();
        var generations =
            new Generations(
                chain(false),
                1,
                Duration.ofSeconds(30),
                (task, delay) -> {
                  if (delay.isZero()) {
                    threads.execute(task);
                  }
                })) {
      var work = new ArrayList<CompletableFuture<Void>>();
      for (var seed = 0; seed < 3; seed++) {
        var random = new Random(seed);
        work.add(CompletableFuture.runAsync(() -> change(generations, random), threads));
      }
      for (var each : work) {
        each.get(170, TimeUnit.SECONDS);
      }

      generations.swap(chain(false));
      assertThat(broken).as("two owners at once").hasValue(0);
      assertThat(owner.get()).isNotNull();
      var running = generations.pipeline().generation();
      assertThat(running).isGreaterThan(ROUNDS);
    }
    assertThat(owner.get()).as("closed").isNull();
  }

  private void change(Generations generations, Random random) {
    for (var round = 0; round < ROUNDS; round++) {
      var chain = chain(random.nextInt(FAILING) == 0);
      try {
        switch (random.nextInt(3)) {
          case 0 -> generations.swap(chain);
          case 1 -> {
            var generation = generations.tryOut(chain).generation();
            var _ = generations.rollBack(generation);
          }
          default -> abandon(generations, chain);
        }
      } catch (ChainException | CancellationException _) {
        // the chain had a link that fails, or its build was closed
      }
    }
  }

  /** Closes a build while its links hand over. */
  private static void abandon(Generations generations, ChainSpec chain) throws ChainException {
    try (var build = generations.prepare(chain)) {
      build.make();
      var closing = Thread.ofVirtual().start(build::close);
      build.handOver();
      closing.join();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private ChainSpec chain(boolean failing) {
    return new ChainSpec(
        List.of(
            FilterSpec.of("door", new Door(number.incrementAndGet())),
            FilterSpec.of("last", new Last(failing))),
        List.of());
  }

  /** A link with a resource that only one instance may own at a time. */
  private final class Door implements Filter, HandsOver<Object>, AutoCloseable {
    private final int number;

    Door(int number) {
      this.number = number;
    }

    @Override
    public Optional<Object> handOver() {
      require(this, null);
      return Optional.empty();
    }

    @Override
    public void takeOver(Optional<Object> state) {
      require(null, this);
    }

    @Override
    public void close() {
      owner.compareAndSet(this, null);
    }

    private void require(@Nullable Door before, @Nullable Door after) {
      if (!owner.compareAndSet(before, after)) {
        broken.incrementAndGet();
      }
    }

    @Override
    public String toString() {
      return "door " + number;
    }
  }

  private static final class Last implements Filter, HandsOver<Object> {
    private final boolean failing;

    Last(boolean failing) {
      this.failing = failing;
    }

    @Override
    public Optional<Object> handOver() {
      return Optional.empty();
    }

    @Override
    public void takeOver(Optional<Object> state) {
      if (failing) {
        throw new IllegalStateException("no");
      }
    }
  }
}
