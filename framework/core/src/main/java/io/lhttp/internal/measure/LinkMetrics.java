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
 * Asks one link that is a {@link io.lhttp.MetricSource} for its own figures. Each question runs on
 * a thread of its own, one at a time. All threads may use it.
 *
 * <p>A link without an answer is logged once, and gets no other question until it answers.
 */
public final class LinkMetrics {
  private static final Logger log = LoggerFactory.getLogger(LinkMetrics.class);

  private final String kind;
  private final String name;
  private final Supplier<List<Metric>> ask;

  /** Guarded by this object's lock. */
  private @Nullable Question question;

  private static final class Question {
    final CompletableFuture<List<Metric>> answer = new CompletableFuture<>();
    final Thread thread;
    volatile boolean late;

    Question(Supplier<List<Metric>> ask) {
      thread =
          Thread.ofVirtual()
              .name("lhttp-metrics")
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
   * @param ask asks the link; it may take any time, and has to handle its own errors
   */
  public LinkMetrics(String kind, String name, Supplier<List<Metric>> ask) {
    this.kind = kind;
    this.name = name;
    this.ask = ask;
  }

  /** Asks the link on a new thread, unless the last question has no answer yet. */
  public synchronized void ask() {
    if (question == null || question.answer.isDone()) {
      question = new Question(ask);
      question.thread.start();
    }
  }

  /**
   * Returns the answer to {@link #ask}; empty if there is none yet.
   *
   * @param end the end of the wait, in {@link System#nanoTime}
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
          "{} did not return its metrics in time, /metrics omits them name={} at={}",
          kind,
          name,
          InnermostFrame.of(asked.thread));
      return List.of();
    } catch (ExecutionException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }
}
