package io.lhttp.client;

import io.lhttp.client.internal.protocol.ChannelNames;
import io.lhttp.client.internal.protocol.OptionChecks;
import io.lhttp.client.internal.transport.Environment;
import io.lhttp.client.internal.transport.NewerJdk;
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
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * A connection to an LHTTP server. It reconnects and renews its subscriptions by itself.
 *
 * <p>Messages are delivered at most once: a message that is under way when a connection breaks is
 * lost, unless its channel has a history. Messages that were not written yet wait, within limits,
 * for the next connection.
 *
 * <p>All threads may use it; only {@link #close} blocks. Callbacks run one at a time, see {@link
 * Listener}. Futures complete on the executor too, but do not wait for callbacks. Hence a callback
 * may wait for a future, unless the executor has only one thread. All threads are daemons: a
 * program without other work must wait for {@link #closed}.
 */
public final class LhttpClient implements AutoCloseable {
  /** The states of a client's connection. */
  public enum State {
    /** The client tries to connect. */
    CONNECTING,
    OPEN,
    /** The client waits for the time of the next attempt. */
    WAITING,
    /** {@link #close} was called, and the client writes the rest of its queue. */
    CLOSING,
    /** The client is closed for good. */
    CLOSED
  }

  private final ClientConnection connection;
  private final Duration requestTimeout;
  private final Publications publications;

  private LhttpClient(ClientOptions options, Environment environment) {
    requestTimeout = options.requestTimeout();
    connection = new ClientConnection(this, options, environment);
    publications = new Publications(connection, options.session(), requestTimeout);
  }

  static LhttpClient connect(ClientOptions options, Environment environment) {
    var client = new LhttpClient(options, environment);
    client.connection.connect();
    return client;
  }

  /**
   * Creates a builder of a client.
   *
   * @param server a URL with {@code ws://} or {@code wss://}, a host, and a path and query if the
   *     server needs them
   */
  public static Builder builder(URI server) {
    return new Builder(server);
  }

  /**
   * Sends a message, which waits until the connection is open.
   *
   * @throws QueueFullException if too many messages or bytes wait already
   * @throws IllegalArgumentException if the message is longer than {@link Builder#maxMessageBytes}
   * @throws ConnectionClosedException if the client was closed
   */
  public void send(Message message) {
    connection.send(message);
  }

  /**
   * Sends a message and waits for the first reply to it, until {@link Builder#requestTimeout}. The
   * client adds an {@code id} if there is none.
   *
   * <p>The future fails with {@link RequestRefusedException} if the reply has a {@code status} of
   * 400 or above, {@link java.util.concurrent.TimeoutException}, {@link ConnectionClosedException}
   * if the connection over which the message was sent is lost, or {@link QueueFullException}.
   * Cancelling the future abandons the request.
   *
   * @throws IllegalArgumentException if another request with the same {@code id} waits, or the
   *     message is longer than {@link Builder#maxMessageBytes}
   */
  public CompletableFuture<Message> request(Message message) {
    return request(message, requestTimeout);
  }

  /** Like {@link #request(Message)}, with its own time limit. */
  public CompletableFuture<Message> request(Message message, Duration timeout) {
    return connection.request(
        message, PendingRequest.Kind.REQUEST, OptionChecks.positive("timeout", timeout));
  }

  /**
   * Subscribes to a channel until {@link Subscription#unsubscribe} is called or the client closes.
   * A message that was published to several subscribed channels arrives once for each.
   *
   * <p>On a channel with a history no message is lost with a connection: messages that were
   * published in between arrive after the reconnect, in order, each once. If the server no longer
   * has some of them, {@link Listener#onGap} is called before the next message.
   *
   * @param callback runs as the callbacks of {@link Listener} do
   * @throws IllegalArgumentException if {@code channel} can't be a channel's name
   * @throws ConnectionClosedException if the client was closed
   */
  public Subscription subscribe(String channel, Consumer<Delivery> callback) {
    return subscribe(channel, SubscribeOptions.NONE, callback);
  }

  /**
   * Like {@link #subscribe(String, Consumer)}, and also requests earlier messages or the presence
   * of the channel.
   *
   * @throws IllegalStateException if the channel has a subscription already and {@code options} are
   *     not {@link SubscribeOptions#NONE}
   */
  public Subscription subscribe(
      String channel, SubscribeOptions options, Consumer<Delivery> callback) {
    return connection.subscribe(
        ChannelNames.require(channel),
        Objects.requireNonNull(options),
        Objects.requireNonNull(callback));
  }

  /**
   * Publishes a message to a channel. The future completes once the server's filters and processor
   * have handled the message and its broker has accepted it. It fails for the same reasons as the
   * future of {@link #request(Message)}.
   *
   * <p>A channel with a history stores a message with a {@code message-id} once, even if this
   * client publishes it again over another connection.
   *
   * @param message the client replaces its headers {@code publish}, {@code ack} and {@code id}
   * @throws IllegalArgumentException if {@code channel} can't be a channel's name
   */
  public CompletableFuture<Void> publish(String channel, Message message) {
    return publish(List.of(channel), message);
  }

  /** Like {@link #publish(String, Message)}, to several channels. */
  public CompletableFuture<Void> publish(Collection<String> channels, Message message) {
    return publications.publish(channels, message);
  }

  /**
   * Completes when the first connection is open. Fails with {@link ConnectionClosedException} if
   * the client is closed before.
   */
  public CompletableFuture<Void> opened() {
    return connection.opened();
  }

  /** Whether a connection is open now. */
  public boolean isOpen() {
    return connection.isOpen();
  }

  /**
   * The channels to which the server's code has subscribed this client, whether or not the
   * application has subscribed, too. After a reconnect the client joins them again by itself, if
   * the server lets it. Deliveries without a subscription of the application go to {@link
   * Listener#onMessage}.
   */
  public Set<String> serverSubscriptions() {
    return connection.serverSubscriptions();
  }

  public State state() {
    return connection.state();
  }

  /**
   * Completes when the client is closed for good, for any reason, and its last callback has ended.
   */
  public CompletableFuture<Closed> closed() {
    return connection.closed();
  }

  /**
   * Closes the client for good. If a connection is open, the client writes its queue and closes the
   * connection with 1000; this method waits for that, at most 6 seconds. Pending requests fail, and
   * received messages are dropped. Afterwards only the callback {@link Listener#onClose} begins. A
   * second call does nothing.
   */
  @Override
  public void close() {
    connection.close();
  }

  /**
   * The options of a client. {@link #connect} creates a client with their current values. The
   * client for JavaScript has the same options, see the README. Not thread-safe.
   */
  public static final class Builder {
    private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final URI server;
    private final List<Header> headers = new ArrayList<>();
    private Consumer<HttpClient.Builder> http = settings -> {};
    private Executor executor = NewerJdk.THREADS;
    private Listener listener = new Listener() {};
    private Token token = Token.none();
    private String session = UUID.randomUUID().toString();
    private boolean reconnect = true;
    private Duration requestTimeout = Duration.ofSeconds(10);
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration backoffBase = Duration.ofMillis(500);
    private Duration backoffMax = Duration.ofSeconds(30);
    private Duration probeInterval = Duration.ofSeconds(30);
    private int maxQueued = 1_000;
    private int maxQueuedBytes; // 0 for the default
    private int maxMessageBytes = 64 * 1024;
    private int maxReceivedBytes = 1024 * 1024;

    private Builder(URI server) {
      var expected = "a server's address is ws://HOST… or wss://HOST… without a fragment";
      if (server.getFragment() != null) {
        throw new IllegalArgumentException(expected + ", this is not: " + server);
      }
      this.server = OptionChecks.address(server, expected, "ws", "wss");
    }

    /** Sets the callbacks for events of the connection. Default: a listener that logs errors. */
    public Builder listener(Listener listener) {
      this.listener = Objects.requireNonNull(listener);
      return this;
    }

    /**
     * Adds a header to every handshake.
     *
     * @throws IllegalArgumentException if name or value can't be a header's, or the handshake sets
     *     the header itself
     */
    public Builder header(String name, String value) {
      if (name.toLowerCase(Locale.ROOT).startsWith("sec-websocket-")) {
        throw new IllegalArgumentException("the handshake sets the header " + name + " itself");
      }
      // The JDK checks the header here; a malformed one would fail each attempt to connect.
      var unused = HttpRequest.newBuilder().header(name, value);
      headers.add(new Header(name, value));
      return this;
    }

    /**
     * Sets the token that every handshake sends as {@code Authorization: Bearer}. If the server
     * refuses it (4401), the client closes for good.
     *
     * @throws IllegalArgumentException if the token has other characters than visible ASCII without
     *     spaces
     */
    public Builder token(String token) {
      this.token = Token.fixed(Token.require(token));
      return this;
    }

    /**
     * Sets the source of the token that every handshake sends as {@code Authorization: Bearer}. The
     * client calls the source before each attempt.
     */
    public Builder token(TokenSource source) {
      this.token = Token.of(Objects.requireNonNull(source));
      return this;
    }

    /**
     * Sets the name by which servers recognise this client if it has no user. For presence, a
     * client that reconnects with the same session has not left. Default: random.
     *
     * @param session 1 to 64 letters, digits, {@code _} and {@code -}
     */
    public Builder session(String session) {
      if (!SESSION.matcher(session).matches()) {
        throw new IllegalArgumentException(
            "session '%s': expected 1 to 64 letters, digits, _ and -".formatted(session));
      }
      this.session = session;
      return this;
    }

    /**
     * Sets whether the client opens a lost connection again, and repeats a failed attempt. Default:
     * yes.
     */
    public Builder reconnect(boolean reconnect) {
      this.reconnect = reconnect;
      return this;
    }

    /**
     * Sets the longest time to wait for a reply, including the time in the queue. Default: 10
     * seconds.
     */
    public Builder requestTimeout(Duration timeout) {
      this.requestTimeout = OptionChecks.positive("requestTimeout", timeout);
      return this;
    }

    /**
     * Sets the longest time that opening a connection may take. The JDK's client reads the whole
     * body of an answer that refuses the handshake, but no longer than this time. Default: 10
     * seconds.
     */
    public Builder connectTimeout(Duration timeout) {
      this.connectTimeout = OptionChecks.positive("connectTimeout", timeout);
      return this;
    }

    /**
     * Sets the longest pause before the first reconnect. Each pause is random, and its longest
     * value doubles with each attempt. The client adds the pause that a server requests. After a
     * connection that was open for 10 seconds, the pauses begin anew. Default: 500 milliseconds.
     */
    public Builder backoffBase(Duration base) {
      this.backoffBase = OptionChecks.positive("backoffBase", base);
      return this;
    }

    /**
     * Sets the longest pause before any reconnect, without the pause that a server requests.
     * Default: 30 seconds.
     */
    public Builder backoffMax(Duration max) {
      this.backoffMax = OptionChecks.positive("backoffMax", max);
      return this;
    }

    /**
     * Sets the time without received bytes after which the client sends a ping. If no bytes come
     * within a third of this time after the ping, the connection counts as lost (1006). Default: 30
     * seconds.
     */
    public Builder probeInterval(Duration interval) {
      this.probeInterval = OptionChecks.positive("probeInterval", interval);
      return this;
    }

    /**
     * Sets the most messages that wait to be written, and the most requests that wait for replies.
     * Beyond them, calls fail with {@link QueueFullException}. Default: 1,000.
     */
    public Builder maxQueued(int messages) {
      this.maxQueued = OptionChecks.atLeast("maxQueued", 1, messages);
      return this;
    }

    /**
     * Sets the most bytes of messages that wait to be written. Beyond them, calls fail with {@link
     * QueueFullException}. Default: 1,048,576, or {@link #maxMessageBytes} if that is more.
     */
    public Builder maxQueuedBytes(int bytes) {
      this.maxQueuedBytes = OptionChecks.atLeast("maxQueuedBytes", 1024, bytes);
      return this;
    }

    /**
     * Sets the longest message that the client sends. A longer one is refused by the client,
     * because the server would close the connection. Default: 65,536, the server's default.
     *
     * @param bytes at least 1,024
     */
    public Builder maxMessageBytes(int bytes) {
      this.maxMessageBytes = OptionChecks.atLeast("maxMessageBytes", 1024, bytes);
      return this;
    }

    /**
     * Sets the longest message that the client receives. After a longer one the client closes for
     * good, with 1009. Default: 1,048,576.
     *
     * @param bytes at least 1,024
     */
    public Builder maxReceivedBytes(int bytes) {
      this.maxReceivedBytes = OptionChecks.atLeast("maxReceivedBytes", 1024, bytes);
      return this;
    }

    /**
     * Sets the executor that runs callbacks, completes futures and begins connections. It must run
     * tasks on other threads than the caller's, and accept tasks until the client is closed. The
     * caller owns it. While all of its threads are busy, for example in callbacks that wait for
     * futures, the client makes no progress. Default: a virtual thread for each task; below JDK 21
     * a platform thread.
     */
    public Builder executor(Executor executor) {
      this.executor = Objects.requireNonNull(executor);
      return this;
    }

    /**
     * Changes the settings of the JDK's HTTP client, such as TLS or a proxy. The client calls
     * {@code settings} before every attempt, on the executor, and then sets the executor of the
     * JDK's client itself.
     */
    public Builder http(Consumer<HttpClient.Builder> settings) {
      this.http = Objects.requireNonNull(settings);
      return this;
    }

    /**
     * Creates a client, which starts to connect. Returns at once, see {@link LhttpClient#opened}.
     */
    public LhttpClient connect() {
      return LhttpClient.connect(options(), Environment.system());
    }

    /** The current options. */
    ClientOptions options() {
      return new ClientOptions(
          server,
          headers,
          http,
          executor,
          listener,
          token,
          session,
          reconnect,
          requestTimeout,
          connectTimeout,
          backoffBase,
          backoffMax,
          probeInterval,
          maxQueued,
          maxQueuedBytes == 0 ? Math.max(1024 * 1024, maxMessageBytes) : maxQueuedBytes,
          maxMessageBytes,
          maxReceivedBytes);
    }
  }
}
