package io.lhttp.nats.internal.jetstream;

import io.lhttp.internal.log.ErrorLog;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the missing messages of replicas from their streams. Owned by {@link HistoryStreams}. For
 * each replica that needs it, a virtual thread runs rounds until no message is missing. At most
 * {@link #MAX_CONCURRENT} threads fetch at the same time.
 */
final class ReplicaFetcher implements ChannelReplica.Fetcher {
  private static final Logger log = LoggerFactory.getLogger(ReplicaFetcher.class);
  private static final ErrorLog errors = new ErrorLog(log, "a fetch of a history at NATS");

  /** The most replicas that fetch at the same time. */
  private static final int MAX_CONCURRENT = 16;

  /**
   * The most rounds in a row in which a replica makes no progress. After them other replicas have
   * their turn.
   */
  private static final int MAX_IDLE_ROUNDS = 16;

  /** The number of fetches after which the bytes of all replicas are checked. */
  private static final int FETCHES_PER_CHECK = 64;

  private static final Duration RETRY = Duration.ofMillis(250);

  private final NatsLink link;
  private final Payloads payloads;
  private final Replicas replicas;
  private final Executor threads;
  private final Semaphore running = new Semaphore(MAX_CONCURRENT);
  private final LongAdder fetched = new LongAdder();
  private final LongAdder failed = new LongAdder();

  ReplicaFetcher(NatsLink link, Payloads payloads, Replicas replicas, Executor threads) {
    this.link = link;
    this.payloads = payloads;
    this.replicas = replicas;
    this.threads = threads;
  }

  /** The number of successful fetches. */
  long fetched() {
    return fetched.sum();
  }

  /** The number of attempts that failed and were repeated. */
  long failed() {
    return failed.sum();
  }

  @Override
  public void fetch(ChannelReplica replica) {
    threads.execute(() -> fetchUntilComplete(replica));
  }

  private void fetchUntilComplete(ChannelReplica replica) {
    try {
      while (!attempt(replica)) {
        failed.increment();
        Thread.sleep(RETRY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the broker is being closed
    }
  }

  /** Runs the rounds of a replica. Returns false if another attempt is needed. */
  private boolean attempt(ChannelReplica replica) throws InterruptedException {
    running.acquire();
    try {
      return runRounds(replica);
    } catch (IOException
        | JetStreamApiException
        | IllegalStateException
        | IllegalArgumentException e) {
      log.debug("failed to fetch a history", e);
      return false;
      // without another attempt the replica would lack messages for good
    } catch (RuntimeException | Error e) {
      errors.add(e);
      return false;
    } finally {
      running.release();
    }
  }

  /** Runs rounds until no message is missing. Returns false if another attempt is needed. */
  private boolean runRounds(ChannelReplica replica)
      throws IOException, JetStreamApiException, InterruptedException {
    Fetch.Start before = null;
    var idleRounds = 0;
    for (var start = replica.beginRound(); start != null; start = replica.beginRound()) {
      idleRounds = start.equals(before) ? idleRounds + 1 : 0;
      if (idleRounds == MAX_IDLE_ROUNDS) {
        return false;
      }
      before = start;
      var source = replicas.source(replica);
      var connection = link.established();
      if (source == null) {
        return true;
      } else if (connection == null) {
        return false;
      }
      var fetch = new Fetch(source.stream(), payloads, connection, source.channel());
      fetched.increment();
      var complete = replica.endRound(fetch.after(start));
      if (fetched.sum() % FETCHES_PER_CHECK == 0) {
        replicas.shedBeyondBound();
      }
      if (complete) {
        return true;
      }
    }
    return true;
  }
}
