package io.lhttp.server;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.channel.Broker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.control.Control;
import io.lhttp.internal.control.ClusterControl;
import io.lhttp.internal.control.ServerName;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.internal.measure.CarrierWatch;
import io.lhttp.message.Message;
import io.lhttp.revocation.Revocations;
import io.lhttp.server.internal.connection.EventLoopContext;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.control.RevocationSweep;
import io.lhttp.server.internal.control.SessionOperations;
import io.lhttp.server.internal.lifecycle.ChainControl;
import io.lhttp.server.internal.lifecycle.ConnectionDrainer;
import io.lhttp.server.internal.lifecycle.ServerInternals;
import io.lhttp.server.internal.lifecycle.Tls;
import io.lhttp.tracing.Tracer;
import io.netty.channel.Channel;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A running LHTTP server: WebSocket on any path, {@code POST /publish} and static files on one
 * port. All threads may use it.
 */
public final class LhttpServer implements AutoCloseable {
  static {
    ServerInternals.accessor(server -> server.internals);
  }

  /** The longest time that {@link #close} waits for the event loops. */
  private static final Duration LOOP_TIME = Duration.ofSeconds(3);

  private final ServerContext context;
  private final List<EventLoopContext> eventLoops;
  private final ConnectionDrainer drainer;
  private final Transport transport;
  private final MultiThreadIoEventLoopGroup loops;
  private final ExecutorService threads;
  private final BlockWatch watch;
  private final CarrierWatch carriers;
  private final Channel listener;
  private final boolean secure;
  private final ServerInternals internals;
  private final RevocationSweep sweep;
  private final ClusterControl control;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Creates a builder of a server on {@code localhost:8081}, without filters and processors. */
  public static Builder builder() {
    return new Builder();
  }

  LhttpServer(
      ServerContext context,
      List<EventLoopContext> eventLoops,
      ConnectionDrainer drainer,
      Transport transport,
      MultiThreadIoEventLoopGroup loops,
      ExecutorService threads,
      BlockWatch watch,
      CarrierWatch carriers,
      Channel listener,
      boolean secure) {
    this.context = context;
    this.eventLoops = eventLoops;
    this.drainer = drainer;
    this.transport = transport;
    this.loops = loops;
    this.threads = threads;
    this.watch = watch;
    this.carriers = carriers;
    this.listener = listener;
    this.secure = secure;
    this.internals =
        new ServerInternals(new ChainControl(context), context.counters(), watch, carriers);
    var name = ServerName.next();
    this.sweep = new RevocationSweep(context);
    this.control =
        new ClusterControl(
            name, new SessionOperations(context, name, sweep), context.hub().peers());
    control.join();
  }

  /** The port that the server listens on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /**
   * The server's address, {@code ws://HOST:PORT/} or {@code wss://HOST:PORT/}; the host is a name
   * of this machine.
   */
  public URI uri() {
    var address = ((InetSocketAddress) listener.localAddress()).getAddress();
    var host = address.isAnyLocalAddress() ? "localhost" : address.getHostAddress();
    var literal = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return URI.create("%s://%s:%d/".formatted(secure ? "wss" : "ws", literal, port()));
  }

  /** The transport in use; never {@link Transport#AUTO}. */
  public Transport transport() {
    return transport;
  }

  /**
   * Returns all statistics. The call takes time in proportion to the number of open connections.
   */
  public ServerStatistics statistics() {
    return ServerStatistics.of(context, eventLoops);
  }

  /**
   * Builds the chain's links on the calling thread and replaces the running chain. Exchanges end in
   * the chain that they began with.
   *
   * <p>Links with {@link io.lhttp.HandsOver} take over from those of the same name. Connections
   * stay open. If a filter with {@link Filter#onReview} is new, it reviews them.
   *
   * @return the number of the new generation, see {@link ServerStatistics#generation}
   * @throws ChainException if a filter or processor can't be created or take over; the running
   *     chain stays then
   */
  public int swap(ChainSpec chain) throws ChainException {
    return internals.chain().swap(chain).generation();
  }

  /**
   * The operations on connections, users and channels of all servers that share this server's
   * broker.
   */
  public Control control() {
    return control;
  }

  /** Whether the server accepts no new connections because {@link #drain} was called. */
  public boolean draining() {
    return context.draining().get();
  }

  /**
   * The reason why {@code /readyz} answers 503: the server drains, the broker accepts no
   * publications, or the application has a {@linkplain Builder#readiness reason of its own}. Empty
   * if the server is ready.
   */
  public Optional<String> unready() {
    return context.unready();
  }

  /**
   * Publishes a message to a channel, without running it through the chain. If another server
   * stores the channel, the call blocks until that server has stored the message, some seconds at
   * most; so do not call it on an event loop.
   *
   * @throws io.lhttp.RefusedException as {@link io.lhttp.Exchange#publish}, or 503 if it is not
   *     certain that the message was stored
   */
  public void publish(String channel, Message message) {
    var taking = context.publish(channel, message);
    if (taking.equals(Broker.TAKEN)) {
      return;
    }
    try {
      taking.toCompletableFuture().join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RefusedException refused ? refused : e;
    }
  }

  /**
   * Accepts no new connections, answers {@code /readyz} with 503, and closes open connections in
   * paced groups with 1001. Each connection's running exchange ends first.
   *
   * <p>Blocks until all connections are closed and all links have run {@code onClose}, or until the
   * deadline. The caller still has to call {@link #close}.
   *
   * @return whether all connections were closed in time
   */
  public boolean drain() throws InterruptedException {
    return drainer.drain();
  }

  /**
   * Stops at once and cuts all sockets. Running exchanges, {@code onClose} and links' {@code
   * close()} get some seconds; the server logs a link that hangs and does not wait for it.
   *
   * <p>The broker stays open: its creator closes it. A second call does nothing.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    control.leave();
    sweep.close();
    // A blocked event loop must not prevent the server's end, so each wait has a limit.
    listener.close().awaitUninterruptibly(LOOP_TIME.toMillis());
    drainer.abort();
    threads.shutdownNow();
    loops
        .shutdownGracefully(0, LOOP_TIME.toMillis(), TimeUnit.MILLISECONDS)
        .awaitUninterruptibly(LOOP_TIME.toMillis());
    watch.close();
    carriers.close();
    context.generations().close();
  }

  /** The options of a server; {@link #start} creates it. Not thread-safe. */
  public static final class Builder {
    Builder() {}

    final List<FilterSpec> filters = new ArrayList<>();
    final List<ProcessorSpec> processors = new ArrayList<>();
    final Map<String, byte[]> resources = new HashMap<>();
    Optional<ChainSpec> chain = Optional.empty();
    String host = "localhost";
    int port = 8081;
    int eventLoops = Runtime.getRuntime().availableProcessors();
    Transport transport = Transport.AUTO;
    Limits limits = Limits.DEFAULT;
    Origins origins = Origins.same();
    Hosts hosts = Hosts.any();
    TrustedProxies trustedProxies = TrustedProxies.none();
    boolean publishEndpoint = true;
    Drain drain = Drain.DEFAULT;
    SlowConsumers slowConsumers = SlowConsumers.CLOSE;
    boolean compression = true;
    boolean statistics = true;
    Optional<Path> certificate = Optional.empty();
    Optional<Path> key = Optional.empty();
    Optional<Path> publicFolder = Optional.empty();
    Optional<Broker> broker = Optional.empty();
    Supplier<Optional<String>> readiness = Optional::empty;
    Optional<Tracer> tracer = Optional.empty();
    Revocations revocations = Revocations.none("this server keeps no list of revocations");

    /** Adds a filter at the end of the chain; errors, metrics and traces show the name. */
    public Builder filter(String name, Filter filter) {
      filters.add(FilterSpec.of(name, filter));
      return this;
    }

    /** Sets the processor of a command. */
    public Builder processor(String command, Processor processor) {
      processors.add(ProcessorSpec.of(command, processor));
      return this;
    }

    /**
     * Sets the whole chain, in place of the links that {@code filter} and {@code processor} have
     * added.
     */
    public Builder chain(ChainSpec chain) {
      this.chain = Optional.of(chain);
      return this;
    }

    /**
     * Sets the address to listen on; {@code 0.0.0.0} for all addresses of this machine. Default:
     * localhost.
     */
    public Builder host(String host) {
      this.host = host;
      return this;
    }

    /** Sets the port to listen on; 0 picks a free one. Default: 8081. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Sets the number of event loops. Default: one per CPU. */
    public Builder eventLoops(int count) {
      this.eventLoops = count;
      return this;
    }

    /** Sets the kernel's interface for network events. Default: {@link Transport#AUTO}. */
    public Builder transport(Transport transport) {
      this.transport = transport;
      return this;
    }

    /** Sets the limits of clients and of the server. Default: {@link Limits#DEFAULT}. */
    public Builder limits(Limits limits) {
      this.limits = limits;
      return this;
    }

    /** Sets the web pages that may connect or publish. Default: {@link Origins#same}. */
    public Builder origins(Origins origins) {
      this.origins = origins;
      return this;
    }

    /**
     * Sets the host names for which the server accepts requests; it refuses others with 421.
     * Default: any.
     */
    public Builder hosts(Hosts hosts) {
      this.hosts = hosts;
      return this;
    }

    /**
     * Sets the proxies whose forwarding headers name the client. Default: {@link
     * TrustedProxies#none}.
     */
    public Builder trustedProxies(TrustedProxies proxies) {
      this.trustedProxies = proxies;
      return this;
    }

    /** Sets whether the server handles {@code POST /publish}. Default: yes. */
    public Builder publishEndpoint(boolean publishEndpoint) {
      this.publishEndpoint = publishEndpoint;
      return this;
    }

    /**
     * Sets the pace at which {@link LhttpServer#drain} closes connections. Default: {@link
     * Drain#DEFAULT}.
     */
    public Builder drain(Drain drain) {
      this.drain = drain;
      return this;
    }

    /**
     * Sets what happens to deliveries for a client that reads too slowly. Default: its connection
     * is closed.
     */
    public Builder slowConsumers(SlowConsumers policies) {
      this.slowConsumers = policies;
      return this;
    }

    /**
     * Sets whether the server negotiates permessage-deflate with clients that offer it. Default:
     * yes.
     */
    public Builder compression(boolean compression) {
      this.compression = compression;
      return this;
    }

    /**
     * Sets whether the server counts and measures every link, see {@link ServerStatistics#links}.
     * Default: yes.
     */
    public Builder statistics(boolean statistics) {
      this.statistics = statistics;
      return this;
    }

    /**
     * Sets PEM files with a certificate chain and its key, and so turns on TLS. The server reads
     * both files again when they change. Default: no TLS.
     */
    public Builder tls(Path certificate, Path key) {
      this.certificate = Optional.of(certificate);
      this.key = Optional.of(key);
      return this;
    }

    /** Sets a folder whose files the server serves by HTTP. Default: none. */
    public Builder publicFolder(Path folder) {
      this.publicFolder = Optional.of(folder);
      return this;
    }

    /**
     * Adds a file in memory that the server serves by HTTP, under a path such as {@code /lhttp.js}.
     */
    public Builder resource(String path, byte[] content) {
      resources.put(path, content.clone());
      return this;
    }

    /**
     * Sets the broker of the channels; its creator closes it. Default: a {@link MemoryBroker}
     * without histories.
     */
    public Builder broker(Broker broker) {
      this.broker = Optional.of(broker);
      return this;
    }

    /**
     * Sets the list of revoked tokens and blocked users. The server closes their connections; its
     * creator starts the list before the server, and closes it afterwards. Filters that verify
     * tokens need it, too. Default: none, so that nobody can be revoked.
     */
    public Builder revocations(Revocations revocations) {
      this.revocations = revocations;
      return this;
    }

    /**
     * Sets the application's own reason why the server is not ready, such as {@code warming}; empty
     * while there is none. {@code /readyz} answers 503 with this text, which every client may read.
     * Event loops call the supplier for each such request, so it must return at once. Default: no
     * reason.
     */
    public Builder readiness(Supplier<Optional<String>> reason) {
      this.readiness = reason;
      return this;
    }

    /**
     * Sets the recorder of spans; its creator closes it. Default: none, and then tracing costs
     * nothing.
     */
    public Builder tracer(Tracer tracer) {
      this.tracer = Optional.of(tracer);
      return this;
    }

    /**
     * Starts the server. When this method returns, the server accepts connections.
     *
     * @throws BindException if the address is in use or not this machine's
     * @throws IOException if the TLS files can't be used, or the transport is not available
     * @throws ChainException if a filter or processor can't be created
     */
    public LhttpServer start() throws IOException, ChainException {
      return new Assembly(this).start();
    }

    /**
     * Reads the TLS files that {@link #start} would read, without opening a port.
     *
     * @throws IOException if the files can't be used
     */
    public void check() throws IOException {
      if (certificate.isPresent() && key.isPresent()) {
        var unused = new Tls(certificate.get(), key.get());
      }
    }
  }
}
