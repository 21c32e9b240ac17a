package io.lhttp.nats;

import io.lhttp.Connection;
import io.lhttp.Metric;
import io.lhttp.MetricSource;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.Peers;
import io.lhttp.channel.Position;
import io.lhttp.channel.Retention;
import io.lhttp.message.Message;
import io.lhttp.nats.internal.bucket.RevocationBucket;
import io.lhttp.nats.internal.jetstream.HistoryStreams;
import io.lhttp.nats.internal.link.NatsLink;
import io.lhttp.nats.internal.link.Payloads;
import io.lhttp.nats.internal.link.Subjects;
import io.lhttp.nats.internal.peers.NatsPeers;
import io.lhttp.nats.internal.publish.CoreChannels;
import io.lhttp.nats.internal.publish.DeliveryGate;
import io.lhttp.nats.internal.publish.Subscriptions;
import io.lhttp.revocation.RevocationStore;
import io.nats.client.NUID;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Carries channels among servers over NATS. The payload of a NATS message is the LHTTP message, so
 * that any client of NATS can take part; see {@link NatsSettings} for the subjects. All threads may
 * use it.
 *
 * <p>Binary messages have the NATS header {@code Lhttp-Format}.
 *
 * <p>While NATS is out of reach, subscriptions stay and the broker accepts new ones. The settings
 * decide whether it then refuses publications, keeps them, or delivers them on this server alone.
 *
 * <p>The broker notifies subscribers of losses that it detects. Threads of jnats only pass
 * deliveries on and never wait.
 */
public final class NatsBroker implements Broker, MetricSource {
  /** The estimated memory of a subscribed channel in bytes, here and in jnats. */
  private static final int CHANNEL = 768;

  private final NatsSettings settings;
  private final String id = NUID.nextGlobal();
  private final NatsLink link;
  private final Payloads payloads = new Payloads();
  private final DeliveryGate gate = new DeliveryGate();
  private final Subscriptions subscriptions;

  /** The channels without a history. */
  private final CoreChannels core;

  /** The channels with a history. */
  private final HistoryStreams histories;

  /** The other servers; empty without a subject prefix, because clients could forge them then. */
  private final Optional<NatsPeers> peers;

  private final RevocationBucket revocations;

  private final AtomicBoolean started = new AtomicBoolean();

  /** Creates a broker without histories. */
  public NatsBroker(NatsSettings settings) {
    this(settings, Map.of());
  }

  /**
   * Creates a broker whose histories JetStream stores.
   *
   * @param histories by pattern: a channel's name, or the beginning of names followed by {@code *}.
   *     The first match decides; all servers must have the same histories
   * @throws IllegalArgumentException if there are histories and no subject prefix
   */
  public NatsBroker(NatsSettings settings, Map<String, Retention> histories) {
    if (settings.subjectPrefix().isEmpty() && !histories.isEmpty()) {
      throw new IllegalArgumentException("a history at NATS needs a subject-prefix");
    }
    var subjects = new Subjects(settings.subjectPrefix());
    this.settings = settings;
    this.link = new NatsLink(settings, new Watcher());
    this.subscriptions = new Subscriptions(link, settings);
    this.core = new CoreChannels(id, link, settings, subjects, subscriptions, payloads, gate);
    this.histories = new HistoryStreams(link, settings, subjects, histories, payloads);
    this.peers =
        settings.subjectPrefix().isEmpty()
            ? Optional.empty()
            : Optional.of(new NatsPeers(link, subjects, subscriptions, payloads));
    this.revocations = new RevocationBucket(link, settings);
  }

  /**
   * Returns the store of the list of revocations that the servers of this subject prefix share. It
   * needs JetStream, and this broker has to be started.
   *
   * @throws IllegalStateException without a subject prefix
   */
  public RevocationStore revocations() {
    if (settings.subjectPrefix().isEmpty()) {
      throw new IllegalStateException("a list of revocations at NATS needs a subject-prefix");
    }
    return revocations;
  }

  /**
   * Connects. If this takes longer than {@link NatsSettings#connectTime}, the method returns and
   * the broker continues to try in the background.
   *
   * @throws IllegalArgumentException if files for TLS can't be used
   */
  @Override
  public void start() {
    if (started.getAndSet(true)) {
      throw new IllegalStateException("a NatsBroker serves one server; this one has another");
    }
    histories.start();
    link.start("lhttp-" + id);
    if (link.established() != null) {
      histories.await(settings.connectTime());
    }
  }

  @Override
  public Feed subscribe(String channel, Subscriber subscriber, @Nullable Connection by) {
    var stream = histories.of(channel);
    if (stream == null) {
      return core.subscribe(channel, subscriber);
    }
    var replica = histories.replica(stream, channel, gate.guard(subscriber), by);
    var feed = new HistoryFeed(channel, stream, replica, histories, subscriptions, payloads, gate);
    feed.begin();
    return feed;
  }

  @Override
  public CompletionStage<Void> publish(String channel, Message message, @Nullable Connection by) {
    var stream = histories.of(channel);
    if (stream == null) {
      return core.publish(channel, message, by);
    }
    gate.requireOpen();
    return stream.store(channel, message, by);
  }

  @Override
  public CompletionStage<Optional<Position>> store(String channel, Message message) {
    var stream = histories.of(channel);
    if (stream == null) {
      return core.publish(channel, message, null).thenApply(taken -> Optional.empty());
    }
    gate.requireOpen();
    return stream.storeAt(channel, message).thenApply(Optional::of);
  }

  @Override
  public Optional<Retention> retention(String channel) {
    var stream = histories.of(channel);
    return stream == null ? Optional.empty() : Optional.of(stream.retention());
  }

  @Override
  public CompletionStage<Position> resetHistory(String channel) {
    var stream = histories.of(channel);
    if (stream == null) {
      return CompletableFuture.failedStage(new RefusedException(409, "the channel has no history"));
    }
    gate.requireOpen();
    return stream.storeReset(channel);
  }

  @Override
  public Optional<Peers> peers() {
    return peers.map(of -> of);
  }

  @Override
  public int channelBytes(String channel) {
    return CHANNEL;
  }

  @Override
  public void flush() {
    core.flush();
  }

  @Override
  public boolean connected() {
    return link.established() != null && histories.attached();
  }

  /**
   * The reason why publications are refused now. While NATS is out of reach, {@link
   * NatsSettings#whenAway} decides, except that a history always needs NATS.
   */
  @Override
  public Optional<String> trouble() {
    if (link.established() == null) {
      return core.acceptsWhileAway() && histories.isEmpty()
          ? Optional.empty()
          : Optional.of("the broker is out of reach: nats");
    }
    return histories.attached()
        ? Optional.empty()
        : Optional.of("NATS keeps no history: JetStream is missing, or a stream; the log says why");
  }

  @Override
  public List<Metric> metrics() {
    var metrics = new ArrayList<>(histories.metrics());
    metrics.addAll(
        List.of(
            Metric.gauge("nats_connected", "1 while NATS is reached.", connected() ? 1 : 0),
            Metric.gauge("nats_subscriptions", "Subscriptions at NATS.", subscriptions.size()),
            Metric.gauge(
                "nats_peers",
                "Other servers that have announced themselves over NATS a moment ago.",
                peers.map(NatsPeers::size).orElse(0)),
            Metric.counter(
                "nats_errors", "Errors of NATS or of the connection to it.", link.errors()),
            Metric.counter(
                "nats_publish_failures",
                "Publications that were accepted and that the NATS client then refused to send.",
                core.unsent()),
            Metric.counter(
                "nats_malformed",
                "Payloads received from NATS that are no LHTTP message.",
                payloads.malformed()),
            Metric.counter(
                "nats_unsupported_version",
                "Messages ignored because a server of a later version sent them.",
                payloads.newer()),
            Metric.counter(
                "nats_publications_lost",
                "Publications known to be lost on their way to this server.",
                gate.missed())));
    return metrics;
  }

  /** Waits until NATS has handled all requests that were sent before. Only tests call it. */
  void settle(Duration patience) throws InterruptedException, TimeoutException {
    var connection = link.established();
    if (connection != null) {
      connection.flush(patience);
    }
  }

  @Override
  public void close() {
    gate.close();
    peers.ifPresent(NatsPeers::close);
    core.flush();
    revocations.close();
    histories.close();
    link.close();
    // This call also ends the requests that jnats accepted while it closed.
    histories.disconnected();
    core.close();
  }

  /** Restores subscriptions, histories and waiting publications when the connection is back. */
  private final class Watcher implements NatsLink.Watcher {
    @Override
    public void connected() {
      subscriptions.resubscribe();
      histories.connected();
      peers.ifPresent(NatsPeers::connected);
      revocations.connected();
      core.flush(); // sends the publications that waited for the connection
    }

    @Override
    public void disconnected() {
      histories.disconnected();
      peers.ifPresent(NatsPeers::disconnected);
      revocations.disconnected();
    }

    @Override
    public void dropped() {
      histories.connected(); // fetches the messages whose notifications jnats has dropped
    }
  }
}
