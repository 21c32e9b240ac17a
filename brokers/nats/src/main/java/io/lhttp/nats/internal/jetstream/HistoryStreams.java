package io.lhttp.nats.internal.jetstream;

import io.lhttp.ClientKey;
import io.lhttp.Metric;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.Retention;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.Subjects;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The histories of one broker: its {@link HistoryStream}s, the {@link ChannelReplica}s of the
 * channels that this server is subscribed to, and the virtual threads that serve both. {@link
 * io.lhttp.nats.NatsBroker} owns it. Safe for all threads; no method but {@code await} blocks.
 */
public final class HistoryStreams implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HistoryStreams.class);
  private static final ErrorLog errors = new ErrorLog(log, "a history at NATS");

  /** The interval of the regular checks; longer than {@link HistoryStream#ANSWER_TIME}. */
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(5);

  private final List<HistoryStream> streams = new ArrayList<>();
  private final Replicas replicas = new Replicas();
  private final StreamAttacher attacher;
  private final ReplicaFetcher fetcher;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lhttp-history-", 0).factory());

  public HistoryStreams(
      NatsLink link,
      NatsSettings settings,
      Subjects subjects,
      Map<String, Retention> histories,
      Payloads payloads) {
    this.attacher = new StreamAttacher(link, streams, this::execute, this::refresh);
    this.fetcher = new ReplicaFetcher(link, payloads, replicas, this::execute);
    histories.forEach((pattern, retention) ->
        streams.add(
            new HistoryStream(link, settings, subjects, pattern, retention, attacher::attach)));
  }

  /** Starts the regular checks of streams and replicas. */
  public void start() {
    if (!streams.isEmpty()) {
      execute(this::checkRegularly);
    }
  }

  /** Blocks until all streams are attached to, at most for {@code patience}. */
  public void await(Duration patience) {
    try {
      if (!attacher.await(patience)) {
        log.warn("the histories at NATS are not ready yet, retrying");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the stream of a channel; null for a channel without a history. */
  @Nullable
  public HistoryStream of(String channel) {
    return streams.isEmpty() ? null : HistoryStream.of(streams, channel);
  }

  /** Whether no channel has a history. */
  public boolean isEmpty() {
    return streams.isEmpty();
  }

  /** Whether the last attempt to attach succeeded for all streams. */
  public boolean attached() {
    return attacher.attached();
  }

  /**
   * Creates the replica of a channel; it has fetched no messages yet.
   *
   * @param by the subscribing connection; null for the server's own code
   * @throws RefusedException 503 if there are too many replicas, 429 if too many of this client
   */
  public ChannelReplica replica(
      HistoryStream stream,
      String channel,
      Broker.Subscriber to,
      io.lhttp.@Nullable Connection by) {
    return replicas.add(stream, channel, to, fetcher, by == null ? null : ClientKey.of(by));
  }

  /** Ends a replica whose subscription has ended. */
  public void end(ChannelReplica replica) {
    replicas.end(replica);
  }

  /** Called when the connection to NATS is established, for the first time or again. */
  public void connected() {
    replicas.all().forEach(ChannelReplica::interrupted);
    attacher.attach();
  }

  /** Called when the connection to NATS is lost. */
  public void disconnected() {
    streams.forEach(HistoryStream::disconnected);
  }

  public List<Metric> metrics() {
    if (streams.isEmpty()) {
      return List.of();
    }
    return List.of(
        Metric.gauge(
            "history_channels",
            "Channels whose history is in this server's memory.",
            replicas.all().size()),
        Metric.gauge(
            "history_bytes", "Bytes of histories in this server's memory.", replicas.bytes()),
        Metric.counter("history_fetches", "Completed fetches of a history.", fetcher.fetched()),
        Metric.counter(
            "history_failed_fetches",
            "Failed fetches of a history; each is tried again.",
            fetcher.failed()),
        Metric.counter(
            "history_evictions",
            "Times that histories were removed from memory because they took too much.",
            replicas.timesShed()),
        Metric.counter(
            "history_streams_recreated",
            "Streams that were deleted and created anew by others.",
            attacher.recreated()),
        Metric.counter(
            "history_unacknowledged",
            "Publications refused because JetStream did not acknowledge them.",
            streams.stream().mapToLong(HistoryStream::unacknowledged).sum()));
  }

  @Override
  public void close() {
    threads.shutdownNow();
    replicas.endAll();
  }

  private void execute(Runnable task) {
    try {
      threads.execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("the broker is closed", e);
    }
  }

  /** Starts to fetch for all channels of a stream that was created again. */
  private void refresh(HistoryStream stream) {
    replicas.of(stream).forEach(ChannelReplica::refresh);
  }

  private void checkRegularly() {
    try {
      while (true) {
        Thread.sleep(CHECK_INTERVAL);
        check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the broker is being closed
    }
  }

  /** A failed check is logged, and the regular checks continue. */
  private void check() {
    try {
      streams.forEach(HistoryStream::cancelOverdue);
      attacher.attach();
      replicas.refetchQuiet();
      replicas.shedBeyondBound();
    } catch (RuntimeException | Error e) {
      errors.add(e);
    }
  }
}
