package io.lhttp.nats.internal.jetstream;

import io.lhttp.internal.log.ErrorLog;
import io.lhttp.nats.internal.link.NatsLink;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches to the streams, and repeats that until all are attached to. Owned by {@link
 * HistoryStreams}. Any thread asks for it; one virtual thread at a time does it.
 */
final class StreamAttacher {
  private static final Logger log = LoggerFactory.getLogger(StreamAttacher.class);
  private static final ErrorLog errors = new ErrorLog(log, "a stream at NATS");

  private static final Duration RETRY = Duration.ofMillis(250);

  private final NatsLink link;
  private final List<HistoryStream> streams;
  private final Executor threads;
  private final Consumer<HistoryStream> onRecreated;
  private final CountDownLatch allAttached = new CountDownLatch(1);
  private final AtomicBoolean running = new AtomicBoolean();
  private final LongAdder recreated = new LongAdder();
  private volatile boolean asked;

  /**
   * @param onRecreated called with a stream that is another one than before
   */
  StreamAttacher(
      NatsLink link,
      List<HistoryStream> streams,
      Executor threads,
      Consumer<HistoryStream> onRecreated) {
    this.link = link;
    this.streams = streams;
    this.threads = threads;
    this.onRecreated = onRecreated;
  }

  /** The number of streams that were another one than before. */
  long recreated() {
    return recreated.sum();
  }

  /** Whether the last attempt at each stream succeeded. */
  boolean attached() {
    for (var stream : streams) {
      if (stream.incarnation() == null || stream.trouble() != null) {
        return false;
      }
    }
    return true;
  }

  /** Blocks until all streams are attached to, but no longer than this. */
  boolean await(Duration patience) throws InterruptedException {
    return streams.isEmpty() || allAttached.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Attaches to all streams, later and on another thread. */
  void attach() {
    asked = true;
    if (!running.getAndSet(true)) {
      threads.execute(this::attachUntilAllAre);
    }
  }

  private void attachUntilAllAre() {
    try {
      while (asked) {
        asked = false;
        for (var stream : streams) {
          if (!attach(stream)) {
            asked = link.up() != null;
          }
        }
        if (asked) {
          Thread.sleep(RETRY);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    } finally {
      running.set(false);
    }
    if (asked) {
      attach(); // another thread asked after the loop had ended
    }
  }

  private boolean attach(HistoryStream stream) {
    var connection = link.up();
    if (connection == null) {
      return false;
    }
    var first = stream.incarnation() == null;
    try {
      if (stream.attach(connection)) {
        recreated.increment();
        log.warn("stream {} was created again: its history begins a new epoch", stream.stream());
        onRecreated.accept(stream);
      } else if (first) {
        log.info("NATS keeps the history, stream={}", stream.stream());
      }
      stream.trouble(null);
      if (attached()) {
        allAttached.countDown();
      }
      return true;
    } catch (IOException | JetStreamApiException | IllegalStateException e) {
      complain(stream, e);
      return false;
    } catch (RuntimeException | Error e) {
      stream.trouble(String.valueOf(e.getClass()));
      errors.add(e);
      return false;
    }
  }

  /** Logs a failure once, as the next attempt follows soon. */
  private void complain(HistoryStream stream, Exception e) {
    var said = Objects.toString(e.getMessage());
    var text =
        said.contains("NATS JetStream server") ? said + " (nats-server has it with -js)" : said;
    if (link.up() != null && !text.equals(stream.trouble())) {
      stream.trouble(text);
      log.error("NATS can't keep the history, stream={}: {}", stream.stream(), text);
    }
  }
}
