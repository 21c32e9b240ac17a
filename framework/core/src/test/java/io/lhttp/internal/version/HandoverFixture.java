package io.lhttp.internal.version;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Filter;
import io.lhttp.HandsOver;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** Links that record the calls of a hand-over, and generations that they belong to. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class HandoverFixture {
  static final Duration DEADLINE = Duration.ofSeconds(30);
  static final Duration PATIENCE = Duration.ofSeconds(60);

  final ManualScheduler scheduler = new ManualScheduler();
  final List<String> events = Collections.synchronizedList(new ArrayList<>());
  final CountDownLatch release = new CountDownLatch(1);

  @AfterEach
  void end() {
    release.countDown();
  }

  static void pass(Build build) {
    try {
      build.handOver();
    } catch (ChainException e) {
      throw new IllegalStateException(e);
    }
  }

  static int swap(Generations generations, ChainSpec chain) {
    try {
      return generations.swap(chain).generation();
    } catch (ChainException e) {
      throw new IllegalStateException(e);
    }
  }

  static void holds(String what, BooleanSupplier condition) {
    var end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  Generations generations(FilterSpec... filters) throws ChainException {
    return generations(chain(filters));
  }

  Generations generations(ChainSpec chain) throws ChainException {
    return new Generations(chain, 1, DEADLINE, scheduler);
  }

  static ChainSpec chain(FilterSpec... filters) {
    return new ChainSpec(Arrays.asList(filters), List.of());
  }

  static FilterSpec filter(String name, Filter filter) {
    return FilterSpec.of(name, filter);
  }

  /** A link that records its calls. Each call may fail or hang once. */
  class Link implements Filter, HandsOver<Map<String, String>>, AutoCloseable {
    private final String name;
    private final Map<String, Runnable> troubles = new HashMap<>();

    Link(String name) {
      this.name = name;
    }

    Link failing(String event) {
      troubles.put(
          event,
          () -> {
            throw new IllegalStateException(name + " " + event);
          });
      return this;
    }

    Link hanging(String event) {
      troubles.put(
          event,
          () -> {
            events.add(name + " " + event);
            while (release.getCount() > 0) {
              LockSupport.parkNanos(1_000_000);
            }
          });
      return this;
    }

    @Override
    public Optional<Map<String, String>> handOver() {
      note("gives");
      return Optional.of(Map.of("from", name));
    }

    @Override
    public void takeOver(Optional<Map<String, String>> state) {
      note("takes " + state.map(map -> map.get("from")).orElse("nothing"));
    }

    @Override
    public void close() {
      note("closed");
    }

    void note(String event) {
      var trouble = troubles.remove(event);
      if (trouble == null) {
        events.add(name + " " + event);
      } else {
        trouble.run();
      }
    }
  }
}
