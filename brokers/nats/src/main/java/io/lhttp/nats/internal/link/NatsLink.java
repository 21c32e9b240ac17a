package io.lhttp.nats.internal.link;

import io.lhttp.internal.log.Mishaps;
import io.lhttp.nats.NatsSettings;
import io.lhttp.nats.NatsTls;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Consumer;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to NATS, which comes back by itself. jnats gives one up for good where NATS
 * refuses it twice in a row; then another is made, so that a wrong secret on NATS' side, put right,
 * is no reason to restart. Safe for all threads.
 */
public final class NatsLink implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NatsLink.class);
  private static final Mishaps mishaps = new Mishaps(log, "the way to NATS");

  /** A server of NATS that gives no sign of life for twice this time is given up. */
  private static final Duration PING_INTERVAL = Duration.ofSeconds(5);

  private static final Duration RECONNECT_WAIT = Duration.ofMillis(250);
  private static final int FOR_EVER = -1;

  /** How long NATS may take for what was published before the end. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(5);

  /** How often to look whether jnats has given up, and so the pause before the next connection. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** What may wait for our threads to deliver it; jnats drops what is beyond it. */
  public static final int PENDING_MESSAGES = 256 * 1024;

  private final NatsSettings settings;
  private final Watcher watcher;
  private final AtomicLong handedOver = new AtomicLong();
  private final CountDownLatch first = new CountDownLatch(1);

  private final AtomicLong errors = new AtomicLong();
  private final Complaints complaints = new Complaints();

  /** Sees to it that there is a connection, or one on its way. */
  private @Nullable Thread keeper;

  private volatile @Nullable Connection connection;
  private volatile boolean closed;

  /** Who wants to know; called by jnats' threads, and blocks nothing but further news. */
  public interface Watcher {
    /** The connection is there, subscriptions included. */
    void connected();

    /** It is gone: what was not answered will not be. */
    void disconnected();

    /** NATS brought more than was taken, and some was dropped. */
    void dropped();
  }

  public NatsLink(NatsSettings settings, Watcher watcher) {
    this.settings = settings;
    this.watcher = watcher;
  }

  /**
   * Returns when the connection is there, or could not be had in time and is tried on.
   *
   * @throws IllegalArgumentException where files for TLS can't be used
   */
  public void start(String name) {
    var options = options(name);
    keeper = Thread.ofPlatform().daemon().name("lhttp-nats").start(() -> keep(options));
    try {
      if (!first.await(settings.connectTime().toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("NATS is out of reach and is tried on, servers={}", settings.servers());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The connection, if it is there now. */
  @Nullable
  public Connection up() {
    var c = connection;
    return c != null && c.getStatus() == Connection.Status.CONNECTED ? c : null;
  }

  /**
   * Whether this much may be handed to jnats, which keeps what the socket does not take yet; it is
   * counted then. Asking jnats for what it keeps would wait for a reconnect that is under way. So
   * what was handed over is compared with what went out: a little less than is true, as what jnats
   * adds is not counted, but not for as long as nothing goes out.
   */
  public boolean takes(Connection connection, int bytes) {
    var out = connection.getStatistics().getOutBytes();
    var in = handedOver.get();
    if (in < out) {
      handedOver.compareAndSet(in, out);
    } else if (in - out > settings.bufferBytes()) {
      return false;
    }
    handOver(bytes);
    return true;
  }

  /** So much is handed to jnats, and was counted before it was. */
  public void handOver(int bytes) {
    handedOver.addAndGet(bytes);
  }

  /** Bytes that jnats keeps, by the same account. */
  public long waiting() {
    var c = any();
    return c == null ? 0 : left(c);
  }

  private long left(Connection connection) {
    return Math.max(0, handedOver.get() - connection.getStatistics().getOutBytes());
  }

  /**
   * The connection, there or on its way back; null before it was there for the first time, and once
   * jnats has given it up.
   */
  @Nullable
  public Connection any() {
    var c = connection;
    return closed || c == null || c.getStatus() == Connection.Status.CLOSED ? null : c;
  }

  @Override
  public void close() {
    closed = true;
    if (keeper != null) {
      keeper.interrupt();
    }
    var c = up();
    if (c != null) {
      flush(c);
    }
    c = connection;
    if (c != null) {
      close(c);
    }
  }

  /** What was taken goes out first: nobody else knows of it. */
  private void flush(Connection connection) {
    try {
      connection.flush(CLOSE_TIME);
    } catch (TimeoutException | IllegalStateException e) {
      // Not asked of jnats: a reconnect that is under way would hold this up for as long as it
      // lasts.
      log.warn("NATS did not take in time what was published last, bytes={}", left(connection));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void keep(Options.Builder options) {
    try {
      while (!closed) {
        connect(options.connectionListener(new Listener()).build());
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns when jnats has given the connection up. */
  private void connect(Options options) throws InterruptedException {
    try {
      var c = Nats.connectReconnectOnConnect(options);
      if (closed) {
        close(c);
      }
      while (c.getStatus() != Connection.Status.CLOSED) {
        Thread.sleep(LOOK);
      }
    } catch (IOException | RuntimeException e) {
      if (!closed) {
        complaints.add("no connection to NATS: " + e.getMessage());
      }
    } catch (Error e) {
      mishaps.add(e);
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** How often NATS, or the way to it, has failed. */
  public long errors() {
    return errors.get();
  }

  private Options.Builder options(String name) {
    var options =
        new Options.Builder()
            .servers(settings.servers().stream().map(URI::toString).toArray(String[]::new))
            .connectionName(name)
            .subjectValidationType(Options.SubjectValidationType.None) // ours are escaped
            .maxReconnects(FOR_EVER)
            .reconnectWait(RECONNECT_WAIT)
            .connectionTimeout(settings.connectTime())
            .pingInterval(PING_INTERVAL)
            .requestCleanupInterval(Duration.ofSeconds(1)) // notices what was not answered
            .socketWriteTimeout(PING_INTERVAL)
            .maxMessagesInOutgoingQueue(Integer.MAX_VALUE) // we bound it in bytes
            .reconnectBufferSize(2L * settings.bufferBytes()) // we refuse before it does
            .errorListener(new Errors());
    if (settings.localDelivery()) {
      options.noEcho();
    }
    if (settings.subjectPrefix().isEmpty()) {
      options.supportUTF8Subjects();
    }
    if (settings.user().isPresent() && settings.password().isPresent()) {
      options.userInfo(
          settings.user().get().toCharArray(), settings.password().get().toCharArray());
    }
    settings.token().ifPresent(token -> options.token(token.toCharArray()));
    settings
        .nkey()
        .ifPresent(seed -> options.authHandler(Nats.staticCredentials(null, seed.toCharArray())));
    settings
        .credentials()
        .ifPresent(file -> options.authHandler(Nats.credentials(file.toString())));
    if (secure()) {
      try {
        options.sslContext(settings.tls().orElse(NatsTls.DEFAULT).context());
      } catch (IOException | GeneralSecurityException e) {
        throw new IllegalArgumentException("TLS to NATS: " + e.getMessage(), e);
      }
      // A certificate is for a name, and not for what the name resolves to.
      options.hostnameResolveMode(Options.HostnameResolveMode.HappyEyeballs);
    }
    return options;
  }

  private boolean secure() {
    return settings.tls().isPresent()
        || settings.servers().stream().anyMatch(server -> "tls".equals(server.getScheme()));
  }

  /** What is wrong with the way to NATS: each is said once until NATS is reached. */
  private static final class Complaints {
    private static final int MOST = 16;

    private final Set<String> said = ConcurrentHashMap.newKeySet();

    void add(String complaint) {
      if (said.size() < MOST && said.add(complaint)) {
        log.warn(complaint);
      }
    }

    void clear() {
      said.clear();
    }
  }

  private final class Listener implements ConnectionListener {
    @Override
    @Deprecated
    public void connectionEvent(Connection c, Events event) {
      var over = c.getStatus() == Connection.Status.CLOSED;
      if (closed || (over && !c.equals(connection))) {
        return; // late news of a connection that has a successor
      }
      connection = c;
      switch (event) {
        case CLOSED -> mishaps.run(watcher::disconnected);
        case CONNECTED, RESUBSCRIBED -> mishaps.run(() -> up(c));
        case DISCONNECTED -> {
          complaints.add("NATS is out of reach, and is tried on");
          mishaps.run(watcher::disconnected);
        }
        default -> log.debug("{}", event);
      }
    }

    private void up(Connection c) {
      complaints.clear();
      log.info("NATS is reached, server={}", c.getConnectedUrl());
      // What was under way got lost; what waited did not.
      handedOver.set(c.getStatistics().getOutBytes() + c.outgoingPendingBytes());
      first.countDown();
      watcher.connected();
    }
  }

  private final class Errors implements ErrorListener {
    @Override
    public void errorOccurred(Connection c, String error) {
      errors.incrementAndGet();
      complaints.add("NATS refuses: " + error);
    }

    @Override
    public void exceptionOccurred(Connection c, Exception e) {
      errors.incrementAndGet();
      var cause = cause(e);
      if (up() == null && !(cause instanceof InterruptedException)) {
        complaints.add("NATS is out of reach: " + cause);
      }
      log.debug("NATS", e);
    }

    private static Throwable cause(Throwable e) {
      return e.getCause() == null ? e : cause(e.getCause());
    }

    @Override
    public void slowConsumerDetected(Connection c, Consumer consumer) {
      log.warn("NATS brings more than can be taken, dropped={}", consumer.getDroppedCount());
      mishaps.run(watcher::dropped);
    }
  }
}
