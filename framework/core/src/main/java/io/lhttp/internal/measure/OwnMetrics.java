package io.lhttp.internal.measure;

import io.lhttp.Metric;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The figures of one link. The link is asked on a thread of its own, one at a time: a link that
 * does not answer is named once, is asked nothing more until it does, and keeps nobody waiting
 * again. Safe for all threads.
 */
public final class OwnMetrics {
  private static final Logger log = LoggerFactory.getLogger(OwnMetrics.class);

  private final String kind;
  private final String name;
  private final Supplier<List<Metric>> ask;

  /** Guarded by this. */
  private @Nullable Question question;

  private static final class Question {
    final CompletableFuture<List<Metric>> answer = new CompletableFuture<>();
    final Thread thread;
    volatile boolean late;

    Question(Supplier<List<Metric>> ask) {
      thread =
          Thread.ofVirtual()
              .name("lhttp-measures")
              .unstarted(() -> {
                try {
                  answer.complete(ask.get());
                } catch (Throwable thrown) {
                  answer.completeExceptionally(thrown);
                }
              });
    }
  }

  /**
   * @param ask may take as long as it likes; has to see to its own errors
   */
  public OwnMetrics(String kind, String name, Supplier<List<Metric>> ask) {
    this.kind = kind;
    this.name = name;
    this.ask = ask;
  }

  /** Asks, unless the last question is still open. */
  public synchronized void ask() {
    if (question == null || question.answer.isDone()) {
      question = new Question(ask);
      question.thread.start();
    }
  }

  /**
   * The answer to {@link #ask}; none where the link has none yet.
   *
   * @param end when nobody waits any more, in {@link System#nanoTime}
   */
  public List<Metric> answer(long end) {
    Question asked;
    synchronized (this) {
      asked = question;
    }
    if (asked == null || (asked.late && !asked.answer.isDone())) {
      return List.of();
    }
    try {
      return asked.answer.get(Math.max(end - System.nanoTime(), 0), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      asked.late = true;
      log.warn(
          "{} does not say what it counts and is left out name={} at={}",
          kind,
          name,
          Whereabouts.of(asked.thread));
      return List.of();
    } catch (ExecutionException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
