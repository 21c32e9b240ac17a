package io.lhttp.client;

import io.lhttp.message.Header;
import io.lhttp.message.Message;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * A connection to an LHTTP server that comes back by itself and renews its subscriptions.
 *
 * <p>Messages are delivered at most once: what is on its way when a connection is lost is lost,
 * unless its channel has a history. What has not been written yet waits, within bounds, for the
 * next connection.
 *
 * <p>Safe for all threads; no method but {@link #close} blocks. Callbacks run one at a time, see
 * {@link Listener}. Futures complete on the executor too, but not in turn with the callbacks, so a
 * callback may wait for one, unless the executor has but one thread. All threads are daemons: a
 * program that has nothing else to do waits for {@link #closed}.
 */
public final class LhttpClient implements AutoCloseable {
  private final Link link;
  private final String session;

  private LhttpClient(Builder builder) {
    session = builder.session;
    link = new Link(this, builder);
  }

  /**
   * @param server {@code ws://} or {@code wss://}, a host, and what else the server asks for
   */
  public static Builder builder(URI server) {
    return new Builder(server);
  }

  /**
   * Sends a message; before the connection is open it waits.
   *
   * @throws QueueFullException where too much waits already
   * @throws ConnectionClosedException where the client has ended
   */
  public void send(Message message) {
    link.send(message);
  }

  /**
   * Sends a message and waits for the first reply to it, for as long as {@link
   * Builder#requestTimeout} says. It gets an {@code id} unless it has one.
   *
   * <p>The future fails with {@link RequestRefusedException} where the reply has a {@code status}
   * of 400 or above, {@link java.util.concurrent.TimeoutException}, {@link
   * ConnectionClosedException} where the connection over which the message was sent is lost, or
   * {@link QueueFullException}. To cancel it is to lose interest in the reply.
   *
   * @throws IllegalArgumentException where another request with the same {@code id} waits
   */
  public CompletableFuture<Message> request(Message message) {
    return link.request(message);
  }

  /** As {@link #request(Message)}, with a time-out of its own. */
  public CompletableFuture<Message> request(Message message, Duration timeout) {
    return link.request(message, Pending.Kind.REQUEST, Builder.positive("timeout", timeout));
  }

  /**
   * Subscribes to a channel until {@link Subscription#unsubscribe} is called or the client ends. A
   * message that is published to several subscribed channels comes once for each.
   *
   * <p>Where the channel has a history, nothing is lost with a connection: what was published
   * meanwhile comes after the reconnect, in order, each message once, and where something is
   * missing {@link Listener#onGap} says so before.
   *
   * @param callback runs as the {@link Listener}'s do
   * @throws IllegalArgumentException where this can't be a channel's name
   * @throws QueueFullException where too much waits to be sent
   * @throws ConnectionClosedException where the client has ended
   */
  public Subscription subscribe(String channel, Consumer<Delivery> callback) {
    return subscribe(channel, Start.NOW, callback);
  }

  /**
   * As {@link #subscribe(String, Consumer)}, with something of the channel's past.
   *
   * @throws IllegalStateException where the channel is subscribed to already and {@code start} is
   *     not {@link Start#NOW}
   */
  public Subscription subscribe(String channel, Start start, Consumer<Delivery> callback) {
    return link.subscribe(
        ChannelNames.require(channel),
        Objects.requireNonNull(start),
        Objects.requireNonNull(callback));
  }

  /**
   * Publishes a message to a channel. The future completes once the server's filters and processor
   * are through and its broker has the message, and fails as that of {@link #request(Message)}
   * does.
   *
   * <p>A channel with a history takes a message with a {@code message-id} once, however often this
   * client publishes it, over other connections too.
   *
   * @param message its headers {@code publish}, {@code ack} and {@code id}, if any, are replaced
   * @throws IllegalArgumentException where this can't be a channel's name
   */
  public CompletableFuture<Void> publish(String channel, Message message) {
    return publish(List.of(channel), message);
  }

  /** As {@link #publish(String, Message)}, to several channels. */
  public CompletableFuture<Void> publish(Collection<String> channels, Message message) {
    return link.acknowledged(
        Retries.known(
            message.toBuilder()
                .without("publish", "ack", "id")
                .header("publish", ChannelNames.list(channels))
                .header("ack", "true")
                .build(),
            session));
  }

  /**
   * Completes when a connection is open for the first time; fails with {@link
   * ConnectionClosedException} where the client ends before.
   */
  public CompletableFuture<Void> opened() {
    return link.opened();
  }

  /** Whether there is a connection right now. */
  public boolean isOpen() {
    return link.isOpen();
  }

  /**
   * Completes when the client has ended for good, whoever ended it, and its last callback is over.
   */
  public CompletableFuture<Closed> closed() {
    return link.closed();
  }

  /**
   * Ends the client. Where there is a connection, what was sent before is written and the
   * connection closed with 1000; waits for that at most 6 seconds. Pending requests fail, messages
   * that come are dropped, and of the callbacks only {@link Listener#onClose} begins afterwards.
   */
  @Override
  public void close() {
    link.close();
  }

  /** What a client may be told before it connects. Not thread-safe. */
  public static final class Builder {
    private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final URI server;
    private final List<Header> headers = new ArrayList<>();
    private Consumer<HttpClient.Builder> http = _ -> {};
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration pingInterval = Duration.ofSeconds(30);
    private int maxMessageBytes = 1024 * 1024;
    private boolean reconnects = true;
    private Duration firstPause = Duration.ofMillis(500);
    private Duration maxPause = Duration.ofSeconds(30);

    Optional<Supplier<String>> token = Optional.empty();
    String session = UUID.randomUUID().toString();
    Listener listener = new Listener() {};
    Executor executor = task -> Thread.ofVirtual().name("lhttp-client").start(task);
    Duration requestTimeout = Duration.ofSeconds(30);
    int queueMessages = 1_000;
    int queueBytes = 1024 * 1024;
    Timer timer = Timer.SYSTEM;
    RandomGenerator random = new Random();

    private Builder(URI server) {
      var scheme = String.valueOf(server.getScheme()).toLowerCase(Locale.ROOT);
      if (!List.of("ws", "wss").contains(scheme)
          || server.getHost() == null
          || server.getFragment() != null) {
        throw new IllegalArgumentException(
            "a server's address is ws://HOST… or wss://HOST… without a fragment, this is not: "
                + server);
      }
      this.server = server;
    }

    /** Who is told of connections and of messages that nobody else takes. Default: nobody. */
    public Builder listener(Listener listener) {
      this.listener = listener;
      return this;
    }

    /**
     * Adds a header to every handshake.
     *
     * @throws IllegalArgumentException for what is no header or belongs to the handshake itself
     */
    public Builder header(String name, String value) {
      if (name.toLowerCase(Locale.ROOT).startsWith("sec-websocket-")) {
        throw new IllegalArgumentException("the handshake sets the header " + name + " itself");
      }
      // The JDK's own check, made now and not at every attempt.
      var _ = HttpRequest.newBuilder().header(name, value);
      headers.add(new Header(name, value));
      return this;
    }

    /**
     * Who gives the token that is sent as {@code Authorization: Bearer} with every handshake. Asked
     * before each one on the executor, and may block. After the server has refused a token (4401),
     * it is asked, with growing pauses, until it gives another.
     */
    public Builder token(Supplier<String> supplier) {
      this.token = Optional.of(supplier);
      return this;
    }

    /**
     * What this client is called where nobody knows its user: who comes back with it has not been
     * away, as far as presence is concerned. Default: made up, for the life of this client.
     *
     * @param session 1 to 64 letters, digits, {@code _} and {@code -}
     */
    public Builder session(String session) {
      if (!SESSION.matcher(session).matches()) {
        throw new IllegalArgumentException(
            "a session has 1 to 64 letters, digits, _ and -, this is none: '%s'"
                .formatted(session));
      }
      this.session = session;
      return this;
    }

    /** How long a reply may take, from the call on. Default: 30 seconds. */
    public Builder requestTimeout(Duration timeout) {
      this.requestTimeout = positive("requestTimeout", timeout);
      return this;
    }

    /**
     * How long a connection and its handshake may take. The JDK's client reads the body of an
     * answer that refuses the handshake whole, whatever its length, but no longer than this.
     * Default: 10 seconds.
     */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = positive("connectTimeout", timeout);
      return this;
    }

    /**
     * The pause between pings. A server from which nothing comes within a third of this after a
     * ping counts as gone, and the connection as lost. Default: 30 seconds.
     */
    public Builder pingInterval(Duration interval) {
      this.pingInterval = positive("pingInterval", interval);
      return this;
    }

    /** Whether a lost connection is opened again, and a failed attempt repeated. Default: yes. */
    public Builder reconnect(boolean reconnect) {
      this.reconnects = reconnect;
      return this;
    }

    /**
     * The pauses between attempts: each is random, between nothing and a bound that doubles with
     * each attempt. A pause that the server asks for comes on top. After a connection that held for
     * 10 seconds they begin anew. Default: 500 milliseconds and 30 seconds.
     *
     * @param first the bound of the first pause
     * @param max what the bound never exceeds
     */
    public Builder backoff(Duration first, Duration max) {
      if (first.compareTo(max) > 0) {
        throw new IllegalArgumentException(
            "the first pause is longer than the longest: %s, %s".formatted(first, max));
      }
      this.firstPause = positive("first", first);
      this.maxPause = max;
      return this;
    }

    /**
     * What a received message may hold; at a longer one the client closes the connection and ends,
     * with 1009. Default: 1 MiB.
     *
     * @param bytes at least 1,024
     */
    public Builder maxMessageBytes(int bytes) {
      this.maxMessageBytes = atLeast("maxMessageBytes", 1024, bytes);
      return this;
    }

    /** What may wait to be written. Default: 1,000 messages with 1 MiB. */
    public Builder sendQueue(int messages, int bytes) {
      this.queueMessages = atLeast("messages", 1, messages);
      this.queueBytes = atLeast("bytes", 1024, bytes);
      return this;
    }

    /**
     * Where callbacks run, futures complete and connections are begun. It may not run a task on the
     * thread that hands it over, has to take tasks until the client has ended, and belongs to the
     * caller. While all of its threads are busy, in callbacks that wait for futures, say, nothing
     * goes on. Default: a virtual thread each.
     */
    public Builder executor(Executor executor) {
      this.executor = executor;
      return this;
    }

    /**
     * Adds to the settings of the JDK's client: TLS, a proxy. Called before every attempt, on the
     * executor. Its executor is not yours to set.
     */
    public Builder http(Consumer<HttpClient.Builder> settings) {
      this.http = settings;
      return this;
    }

    /** Starts to connect and returns at once, see {@link LhttpClient#opened}. */
    public LhttpClient connect() {
      var client = new LhttpClient(this);
      client.link.connect();
      return client;
    }

    Builder timer(Timer timer) {
      this.timer = timer;
      return this;
    }

    Builder random(RandomGenerator random) {
      this.random = random;
      return this;
    }

    Reconnect reconnect() {
      return new Reconnect(reconnects, token.isPresent(), firstPause, maxPause, random);
    }

    Socket.Settings socket() {
      var settings = http;
      return new Socket.Settings(
          server,
          List.copyOf(headers),
          () -> {
            var builder = HttpClient.newBuilder();
            settings.accept(builder);
            return builder.executor(Runnable::run).build();
          },
          connectTimeout,
          pingInterval,
          maxMessageBytes,
          timer);
    }

    static Duration positive(String name, Duration duration) {
      if (!duration.isPositive()) {
        throw new IllegalArgumentException(name + " is not positive: " + duration);
      }
      return duration;
    }

    private static int atLeast(String name, int least, int value) {
      if (value < least) {
        throw new IllegalArgumentException("%s is at least %d: %d".formatted(name, least, value));
      }
      return value;
    }
  }
}
