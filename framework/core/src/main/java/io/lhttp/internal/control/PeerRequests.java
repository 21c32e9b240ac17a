package io.lhttp.internal.control;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests of other servers. Threads of the broker call it; it reads and runs requests
 * on other threads, a bounded number at a time.
 */
final class PeerRequests {
  /** The most requests of other servers that run at a time. */
  static final int MAX_RUNNING = 128;

  private static final Logger log = LoggerFactory.getLogger(PeerRequests.class);

  private final LocalOperations local;
  private final Semaphore places = new Semaphore(MAX_RUNNING);

  PeerRequests(LocalOperations local) {
    this.local = local;
  }

  /** See {@link io.lhttp.channel.Peers.Handler#answer}. */
  CompletionStage<String> answer(String question, Duration patience) {
    if (!places.tryAcquire()) {
      return CompletableFuture.failedStage(new IllegalStateException("too many requests run"));
    }
    var end = System.nanoTime() + patience.toNanos();
    return CompletableFuture.supplyAsync(() -> RequestJson.read(question), local.threads())
        .thenCompose(request -> {
          if (System.nanoTime() - end > 0) {
            throw new IllegalStateException("nobody waits any more");
          }
          return local.perform(request);
        })
        .orTimeout(patience.toNanos(), TimeUnit.NANOSECONDS)
        .thenApplyAsync(AnswerJson::write, local.threads())
        .whenComplete((answer, failure) -> {
          places.release();
          if (failure != null) {
            log.debug("no answer to another server", failure);
          }
        });
  }
}
