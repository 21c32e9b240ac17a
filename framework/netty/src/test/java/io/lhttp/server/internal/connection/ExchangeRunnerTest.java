package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.internal.chain.Pipeline;
import io.lhttp.internal.chain.Result;
import io.lhttp.internal.version.Generation;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.limit.Budget;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An exchange releases its pin and its bytes in the budget, however it ends. */
class ExchangeRunnerTest {
  private static final int STRIPE = 1;
  private static final Message MESSAGE = Message.of("m", "hello");

  private final Queue<Runnable> started = new ArrayDeque<>();
  private boolean mayBlock;
  private boolean rejects;

  private final LoopHarness harness =
      new LoopHarness(
          Limits.DEFAULT,
          new ChainSpec(List.of(), List.of(ProcessorSpec.of("m", new Answering()))),
          this::start);
  private final Recorder caller = new Recorder();
  private final ExchangeRunner runner =
      new ExchangeRunner(harness.context, harness.loop, STRIPE, harness.session, caller);

  @AfterEach
  void end() {
    harness.close();
  }

  @Test
  void eventLoop_answersAtOnce() {
    runner.run(MESSAGE);

    assertThat(caller.calls).containsExactly("answer pinned");
    assertReleased();
  }

  @Test
  void eventLoop_answerThrows_reportsFailure() {
    caller.thrown = new OutOfMemoryError("a test");

    runner.run(MESSAGE);

    assertThat(caller.calls).containsExactly("answer pinned", "fail a test");
    assertReleased();
  }

  @Test
  void virtualThread_isCountedUntilItIsAnswered() {
    mayBlock = true;

    runner.run(MESSAGE);
    assertThat(caller.calls).containsExactly("continued");
    assertThat(harness.budget.used(Budget.Part.EXCHANGES)).isPositive();
    assertThat(pinned()).isTrue();

    started.remove().run();
    harness.turn();

    assertThat(caller.calls).containsExactly("continued", "run", "answer", "ended");
    assertReleased();
  }

  @Test
  void virtualThread_runThrows_reportsFailure() {
    mayBlock = true;
    caller.thrown = new StackOverflowError("a test");

    runner.run(MESSAGE);
    started.remove().run();
    harness.turn();

    assertThat(caller.calls).containsExactly("continued", "run", "fail a test", "ended");
    assertReleased();
  }

  @Test
  void virtualThread_notStarted_reportsFailure() {
    mayBlock = true;
    rejects = true;

    runner.run(MESSAGE);

    assertThat(caller.calls).containsExactly("fail closed");
    assertReleased();
  }

  @Test
  void virtualThread_withoutMemory_isRefused() {
    mayBlock = true;
    var all = harness.budget.bytes();
    harness.budget.add(Budget.Part.SENDING, all);

    runner.run(MESSAGE);

    assertThat(caller.calls).containsExactly("refuse");
    assertThat(started).isEmpty();
    harness.budget.add(Budget.Part.SENDING, -all);
    assertReleased();
  }

  private void start(Runnable task) {
    if (rejects) {
      throw new RejectedExecutionException("closed");
    }
    started.add(task);
  }

  private boolean pinned() {
    return harness.context.generations().pinned(STRIPE);
  }

  private void assertReleased() {
    assertThat(pinned()).isFalse();
    assertThat(harness.budget.used()).isZero();
  }

  private final class Answering implements Processor {
    @Override
    public void onMessage(Exchange exchange) {}

    @Override
    public boolean mayBlock(Message message) {
      return mayBlock;
    }
  }

  private final class Recorder implements ExchangeRunner.Caller {
    @Override
    public boolean mustBegin(Pipeline pipeline) {
      return false;
    }

    final List<String> calls = new ArrayList<>();
    @Nullable Error thrown;

    @Override
    public Runnable runOnVirtualThread(Pipeline pipeline, Message message) {
      calls.add("run");
      throwIfSet();
      return () -> calls.add("answer");
    }

    @Override
    public void continued() {
      calls.add("continued");
    }

    @Override
    public void answer(Generation generation, Result result) {
      calls.add(pinned() ? "answer pinned" : "answer");
      throwIfSet();
    }

    @Override
    public void refuse(Message message) {
      calls.add("refuse");
    }

    @Override
    public void fail(Throwable failure) {
      calls.add("fail " + failure.getMessage());
    }

    @Override
    public void ended() {
      calls.add("ended");
    }

    private void throwIfSet() {
      var error = thrown;
      if (error != null) {
        throw error;
      }
    }
  }
}
