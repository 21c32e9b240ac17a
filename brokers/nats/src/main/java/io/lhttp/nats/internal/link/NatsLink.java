package io.lhttp.nats.internal.link;

import io.lhttp.RefusedException;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.nats.NatsSettings;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener;
import io.nats.client.Consumer;
import io.nats.client.ErrorListener;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to NATS. jnats reconnects by itself, but gives a connection up if NATS refuses it
 * twice in a row. This class then opens another one, so that no server has to restart after a wrong
 * secret was corrected at NATS.
 *
 * <p>{@link io.lhttp.nats.NatsBroker} owns it. A thread of its own opens connections; threads of
 * jnats call the {@link Watcher}. Safe for all threads.
 */
public final class NatsLink implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NatsLink.class);
  private static final ErrorLog errorLog = new ErrorLog(log, "the connection to NATS");

  /** The longest time that {@code close} waits until NATS has received the last publications. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(5);

  /** The interval in which this class checks whether jnats has given the connection up. */
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);

  /** The most received messages that wait to be delivered; jnats drops further ones. */
  public static final int PENDING_MESSAGES = 256 * 1024;

  private final NatsSettings settings;
  private final Watcher watcher;
  private final SendBudget budget;
  private final CountDownLatch firstConnection = new CountDownLatch(1);

  private final AtomicLong errors = new AtomicLong();
  private final LoggedFailures failures = new LoggedFailures(log);

  /** The thread that opens a connection whenever there is none; null before the start. */
  private @Nullable Thread connector;

  private volatile @Nullable Connection connection;
  private volatile boolean closed;

  /** Receives the connection's events. A thread of jnats calls it, one event at a time. */
  public interface Watcher {
    /** Called when the connection is established and its subscriptions are restored. */
    void connected();

    /** Called when the connection is lost. Requests under way get no answer. */
    void disconnected();

    /** Called when jnats has dropped received messages, because too many waited to be delivered. */
    void dropped();
  }

  public NatsLink(NatsSettings settings, Watcher watcher) {
    this.settings = settings;
    this.watcher = watcher;
    this.budget = new SendBudget(settings.bufferBytes());
  }

  /**
   * Connects. If this takes longer than {@link NatsSettings#connectTime}, the method returns and a
   * thread continues to try.
   *
   * @throws IllegalArgumentException if files for TLS can't be used
   */
  public void start(String name) {
    var options = LinkOptions.of(settings, name, new Errors());
    connector =
        Thread.ofPlatform().daemon().name("lhttp-nats").start(() -> connectAgainAndAgain(options));
    try {
      if (!firstConnection.await(settings.connectTime().toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("NATS is out of reach, retrying, servers={}", settings.servers());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the connection if it is established; otherwise null. */
  @Nullable
  public Connection established() {
    var c = connection;
    return c != null && c.getStatus() == Connection.Status.CONNECTED ? c : null;
  }

  /**
   * Counts the bytes of a publication that the caller gives to jnats.
   *
   * @param by the publishing client's connection; null for the server's own code
   * @throws RefusedException 503 if too many bytes wait in jnats, 429 if too many of this client
   */
  public void reserve(Connection connection, int bytes, io.lhttp.@Nullable Connection by) {
    budget.reserve(connection, bytes, by);
  }

  /**
   * Counts bytes that the caller gives to jnats even if many wait there; the caller has bounded
   * their number.
   */
  public void reserve(int bytes) {
    budget.reserve(bytes);
  }

  /** The number of bytes that wait in jnats until the socket takes them. */
  public long waitingBytes() {
    var c = current();
    return c == null ? 0 : budget.waiting(c);
  }

  /**
   * Returns the connection, even while it is lost. Null before the first connection, and after
   * jnats has given it up.
   */
  @Nullable
  public Connection current() {
    var c = connection;
    return closed || c == null || c.getStatus() == Connection.Status.CLOSED ? null : c;
  }

  @Override
  public void close() {
    closed = true;
    if (connector != null) {
      connector.interrupt();
    }
    var c = established();
    if (c != null) {
      flush(c);
    }
    c = connection;
    if (c != null) {
      close(c);
    }
  }

  /**
   * Waits until NATS has received the publications that wait in jnats, because no other server has
   * them.
   */
  private void flush(Connection connection) {
    try {
      connection.flush(CLOSE_TIME);
    } catch (TimeoutException | IllegalStateException e) {
      log.warn(
          "NATS did not take the last publications in time, bytes={}", budget.waiting(connection));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void connectAgainAndAgain(Options.Builder options) {
    try {
      while (!closed) {
        connect(options.connectionListener(new Listener()).build());
        Thread.sleep(CHECK_INTERVAL);
      }
    } catch (InterruptedException ignored) {
      Thread.currentThread().interrupt();
    }
  }

  /** Opens a connection. Returns when jnats has given the connection up. */
  private void connect(Options options) throws InterruptedException {
    try {
      var c = Nats.connectReconnectOnConnect(options);
      if (closed) {
        close(c);
      }
      while (c.getStatus() != Connection.Status.CLOSED) {
        Thread.sleep(CHECK_INTERVAL);
      }
    } catch (IOException | RuntimeException e) {
      if (!closed) {
        failures.add("no connection to NATS: " + e.getMessage());
      }
    } catch (Error e) {
      errorLog.add(e);
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The number of errors that jnats has reported. */
  public long errors() {
    return errors.get();
  }

  /** Receives the states of connections from threads of jnats. */
  private final class Listener implements ConnectionListener {
    @Override
    @Deprecated
    public void connectionEvent(Connection c, Events event) {
      var over = c.getStatus() == Connection.Status.CLOSED;
      if (closed || (over && !c.equals(connection))) {
        return; // a late event of an earlier connection
      }
      connection = c;
      switch (event) {
        case CLOSED -> errorLog.run(watcher::disconnected);
        case CONNECTED, RESUBSCRIBED -> errorLog.run(() -> established(c));
        case DISCONNECTED -> {
          failures.add("NATS is out of reach, retrying");
          errorLog.run(watcher::disconnected);
        }
        default -> log.debug("{}", event);
      }
    }

    private void established(Connection c) {
      failures.clear();
      log.info("connected to NATS, server={}", c.getConnectedUrl());
      budget.reset(c);
      firstConnection.countDown();
      watcher.connected();
    }
  }

  /** Counts and logs the errors that jnats reports. */
  private final class Errors implements ErrorListener {
    @Override
    public void errorOccurred(Connection c, String error) {
      errors.incrementAndGet();
      failures.add("NATS refuses: " + error);
    }

    @Override
    public void exceptionOccurred(Connection c, Exception e) {
      errors.incrementAndGet();
      var cause = cause(e);
      if (established() == null && !(cause instanceof InterruptedException)) {
        failures.add("NATS is out of reach: " + cause);
      }
      log.debug("NATS", e);
    }

    private static Throwable cause(Throwable e) {
      return e.getCause() == null ? e : cause(e.getCause());
    }

    @Override
    public void slowConsumerDetected(Connection c, Consumer consumer) {
      log.warn(
          "NATS delivers faster than this server reads, dropped={}", consumer.getDroppedCount());
      errorLog.run(watcher::dropped);
    }
  }
}
