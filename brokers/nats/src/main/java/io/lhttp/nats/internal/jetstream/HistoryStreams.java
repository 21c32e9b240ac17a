package io.lhttp.nats.internal.jetstream;

import io.lhttp.Metric;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.Retention;
import io.lhttp.internal.log.Mishaps;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.Subjects;
import io.nats.client.JetStreamApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All {@link HistoryStream}s of a server, and the {@link ChannelReplica}s of the channels that it
 * is subscribed to: finds the streams, looks after them, and fetches what is missing, on virtual
 * threads. Safe for all threads; no method blocks.
 */
public final class HistoryStreams implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HistoryStreams.class);
  private static final Mishaps mishaps = new Mishaps(log, "a history at NATS");

  /** Channels that are fetched at a time. */
  private static final int FETCHES = 16;

  /** Fetches of a channel in a row that find nothing new, before there is a pause. */
  private static final int MAX_STILL = 16;

  private static final Duration RETRY = Duration.ofMillis(250);

  /** Channels whose histories are here at most; more are not subscribed to. */
  private static final int MAX_CHANNELS = 10_000;

  /** Bytes of histories that are here at most; beyond it some are let go of, and fetched again. */
  private static final long MAX_BYTES = 128L << 20;

  /** Fetches after which their bytes are looked at. */
  private static final int LOOK_AT_BYTES = 64;

  /** Quiet channels that are compared with their stream at a time. */
  private static final int COMPARED = 200;

  /** How often the streams are looked at, without a reason. */
  private static final Duration LOOK = Duration.ofSeconds(5);

  private final NatsLink link;
  private final Payloads payloads;
  private final List<HistoryStream> journals = new ArrayList<>();
  private final Map<ChannelReplica, Mirrored> mirrors = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lhttp-history-", 0).factory());
  private final CountDownLatch found = new CountDownLatch(1);
  private final Semaphore fetches = new Semaphore(FETCHES);
  private final AtomicBoolean looking = new AtomicBoolean();
  private final LongAdder fetched = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder anew = new LongAdder();
  private final LongAdder shrunk = new LongAdder();
  private volatile boolean lookAgain;

  private record Mirrored(HistoryStream journal, String channel) {}

  public HistoryStreams(
      NatsLink link,
      NatsSettings settings,
      Subjects subjects,
      Map<String, Retention> histories,
      Payloads payloads) {
    this.link = link;
    this.payloads = payloads;
    histories.forEach((pattern, retention) ->
        journals.add(new HistoryStream(link, settings, subjects, pattern, retention, this::look)));
    if (journals.isEmpty()) {
      found.countDown();
    }
  }

  /** Begins to look after the streams. */
  public void start() {
    if (!journals.isEmpty()) {
      threads.execute(this::lookRegularly);
    }
  }

  /** Waits until the streams are found, but no longer than this. */
  public void await(Duration patience) {
    try {
      if (!found.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("the history at NATS is not found yet, and is tried on");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Null for a channel without a history. */
  @Nullable
  public HistoryStream of(String channel) {
    return journals.isEmpty() ? null : HistoryStream.of(journals, channel);
  }

  /** Whether all streams were found, and there was nothing wrong with one when last looked at. */
  public boolean attached() {
    for (var journal : journals) {
      if (journal.incarnation() == null || journal.trouble() != null) {
        return false;
      }
    }
    return true;
  }

  /**
   * A channel's mirror; it has heard of nothing yet.
   *
   * @throws RefusedException 503 where there are too many
   */
  public ChannelReplica mirror(HistoryStream journal, String channel, Broker.Subscriber to) {
    if (mirrors.size() >= MAX_CHANNELS) {
      throw new RefusedException(503, "too many channels with a history are subscribed to here");
    }
    var mirror = new ChannelReplica(channel, journal.retention(), to, this::fetch);
    mirrors.put(mirror, new Mirrored(journal, channel));
    return mirror;
  }

  public void end(ChannelReplica mirror) {
    mirror.end();
    mirrors.remove(mirror);
  }

  /** NATS is there, for the first time or again. */
  public void connected() {
    mirrors.keySet().forEach(ChannelReplica::interrupted);
    look();
  }

  /** NATS is gone. */
  public void disconnected() {
    journals.forEach(HistoryStream::disconnected);
  }

  public List<Metric> metrics() {
    if (journals.isEmpty()) {
      return List.of();
    }
    return List.of(
        Metric.gauge("history_channels", "Channels whose history is here.", mirrors.size()),
        Metric.gauge(
            "history_bytes",
            "Bytes of histories that are here.",
            mirrors.keySet().stream().mapToLong(ChannelReplica::bytes).sum()),
        Metric.counter("history_fetches", "Times that a history was fetched.", fetched.sum()),
        Metric.counter(
            "history_failed_fetches",
            "Times that a history could not be fetched, and was tried again.",
            failed.sum()),
        Metric.counter(
            "history_shrunk",
            "Times that histories were let go of, to be fetched again, as they took too much.",
            shrunk.sum()),
        Metric.counter("history_anew", "Streams that were another one than before.", anew.sum()),
        Metric.counter(
            "history_unacknowledged",
            "Publications refused as JetStream did not say that it has stored them.",
            journals.stream().mapToLong(HistoryStream::unacknowledged).sum()));
  }

  @Override
  public void close() {
    threads.shutdownNow();
    mirrors.keySet().forEach(ChannelReplica::end);
    mirrors.clear();
  }

  /** Has the streams looked at soon; any thread. */
  private void look() {
    lookAgain = true;
    if (!looking.getAndSet(true)) {
      try {
        threads.execute(this::lookUntilAllIsWell);
      } catch (RejectedExecutionException e) {
        log.debug("closed", e);
      }
    }
  }

  private void lookRegularly() {
    try {
      while (true) {
        Thread.sleep(LOOK);
        lookOnce();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** Whatever fails, the next time comes. */
  private void lookOnce() {
    try {
      journals.forEach(HistoryStream::giveUp);
      look();
      compare();
      shrink();
    } catch (RuntimeException | Error e) {
      mishaps.add(e);
    }
  }

  /**
   * What is stored is told of, but nobody says so where that got lost on its way. The next message
   * of the channel would show it; where none comes, this does.
   */
  private void compare() {
    mirrors.entrySet().stream()
        .map(entry -> new Behind(entry.getKey(), entry.getKey().knownUpTo(), entry.getValue().journal))
        .filter(behind -> behind.asOf < behind.journal.seen())
        .filter(behind -> behind.mirror.quiet())
        .sorted(Comparator.comparingLong(Behind::asOf))
        .limit(COMPARED)
        .forEach(behind -> behind.mirror.interrupted());
  }

  /** A mirror at one moment: what is sorted must not change meanwhile. */
  private record Behind(ChannelReplica mirror, long asOf, HistoryStream journal) {}

  /** Lets go of what was not read for the longest time, down to nine tenths of the bound. */
  private void shrink() {
    var bytes = mirrors.keySet().stream().mapToLong(ChannelReplica::bytes).sum();
    if (bytes <= MAX_BYTES) {
      return;
    }
    shrunk.increment();
    var byAge = new ArrayList<>(mirrors.keySet());
    var used = new HashMap<ChannelReplica, Long>();
    byAge.forEach(mirror -> used.put(mirror, mirror.used()));
    byAge.sort(Comparator.comparing(used::get));
    for (var mirror : byAge) {
      if (bytes <= MAX_BYTES / 10 * 9) {
        return;
      }
      bytes -= mirror.bytes();
      mirror.shed();
    }
  }

  private void lookUntilAllIsWell() {
    try {
      while (lookAgain) {
        lookAgain = false;
        for (var journal : journals) {
          if (!attach(journal)) {
            lookAgain = link.up() != null;
          }
        }
        if (lookAgain) {
          Thread.sleep(RETRY);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    } finally {
      looking.set(false);
    }
    if (lookAgain) {
      look(); // somebody has asked in between
    }
  }

  private boolean attach(HistoryStream journal) {
    var connection = link.up();
    if (connection == null) {
      return false;
    }
    var first = journal.incarnation() == null;
    try {
      if (journal.attach(connection)) {
        anew.increment();
        log.warn("stream {} is another one: its history begins anew", journal.stream());
        mirrorsOf(journal).forEach(ChannelReplica::refresh);
      } else if (first) {
        log.info("history is kept by NATS, stream={}", journal.stream());
      }
      journal.trouble(null);
      if (attached()) {
        found.countDown();
      }
      return true;
    } catch (IOException | JetStreamApiException | IllegalStateException e) {
      complain(journal, e);
      return false;
    } catch (RuntimeException | Error e) {
      journal.trouble(String.valueOf(e.getClass()));
      mishaps.add(e);
      return false;
    }
  }

  /** Once, as it is tried again soon. */
  private void complain(HistoryStream journal, Exception e) {
    var said = Objects.toString(e.getMessage());
    var text =
        said.contains("NATS JetStream server") ? said + " (nats-server has it with -js)" : said;
    if (link.up() != null && !text.equals(journal.trouble())) {
      journal.trouble(text);
      log.error("NATS keeps no history, stream={}: {}", journal.stream(), text);
    }
  }

  private List<ChannelReplica> mirrorsOf(HistoryStream journal) {
    return mirrors.entrySet().stream()
        .filter(entry -> entry.getValue().journal.equals(journal))
        .map(Map.Entry::getKey)
        .toList();
  }

  private void fetch(ChannelReplica mirror) {
    try {
      threads.execute(() -> fetchUntilAllIsThere(mirror));
    } catch (RejectedExecutionException e) {
      log.debug("closed", e);
    }
  }

  private void fetchUntilAllIsThere(ChannelReplica mirror) {
    try {
      while (!fetchOnce(mirror)) {
        failed.increment();
        Thread.sleep(RETRY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /** False where it has to be tried again. */
  private boolean fetchOnce(ChannelReplica mirror) throws InterruptedException {
    fetches.acquire();
    try {
      ChannelReplica.Place before = null;
      var still = 0;
      for (var place = mirror.beginRound(); place != null; place = mirror.beginRound()) {
        still = place.equals(before) ? still + 1 : 0;
        if (still == MAX_STILL) {
          return false; // whatever keeps it from getting on, others have their turn
        }
        before = place;
        var mirrored = mirrors.get(mirror);
        var connection = link.up();
        if (mirrored == null) {
          return true;
        } else if (connection == null) {
          return false;
        }
        var fetch = new Fetch(mirrored.journal, payloads, connection, mirrored.channel);
        fetched.increment();
        var done = mirror.endRound(fetch.after(place));
        if (fetched.sum() % LOOK_AT_BYTES == 0) {
          shrink();
        }
        if (done) {
          return true;
        }
      }
      return true;
    } catch (IOException
        | JetStreamApiException
        | IllegalStateException
        | IllegalArgumentException e) {
      log.debug("a history could not be fetched", e);
      return false;
    } catch (RuntimeException | Error e) { // it stays to be fetched: nobody else would do so
      mishaps.add(e);
      return false;
    } finally {
      fetches.release();
    }
  }
}
