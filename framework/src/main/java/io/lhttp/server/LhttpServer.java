package io.lhttp.server;

import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.message.Message;
import io.lhttp.pipeline.BlockWatch;
import io.lhttp.pipeline.ChainException;
import io.lhttp.pipeline.ChainSpec;
import io.lhttp.pipeline.FilterSpec;
import io.lhttp.pipeline.Generations;
import io.lhttp.pipeline.Pipeline;
import io.lhttp.pipeline.ProcessorSpec;
import io.lhttp.pipeline.Tally;
import io.lhttp.pubsub.Broker;
import io.lhttp.pubsub.Hub;
import io.lhttp.pubsub.MemoryBroker;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/**
 * An LHTTP server that runs: WebSocket on any path, {@code POST /publish} and static files on one
 * port. Safe for all threads.
 */
public final class LhttpServer implements AutoCloseable {
  /** A link may keep an event loop for this long before its name is logged. */
  private static final Duration BLOCK_LIMIT = Duration.ofMillis(100);

  /** A generation that was replaced is closed after this time, whoever still runs in it. */
  private static final Duration GENERATION_DEADLINE = Duration.ofSeconds(30);

  private static final Duration CERTIFICATE_LOOK = Duration.ofSeconds(2);

  private final ServerContext context;
  private final List<Loop> eventLoops;
  private final Farewell farewell;
  private final Transport transport;
  private final MultiThreadIoEventLoopGroup loops;
  private final ExecutorService threads;
  private final BlockWatch watch;
  private final Channel listener;
  private final boolean secure;
  private final AtomicBoolean closed = new AtomicBoolean();

  private LhttpServer(
      ServerContext context,
      List<Loop> eventLoops,
      Farewell farewell,
      Transport transport,
      MultiThreadIoEventLoopGroup loops,
      ExecutorService threads,
      BlockWatch watch,
      Channel listener,
      boolean secure) {
    this.context = context;
    this.eventLoops = eventLoops;
    this.farewell = farewell;
    this.transport = transport;
    this.loops = loops;
    this.threads = threads;
    this.watch = watch;
    this.listener = listener;
    this.secure = secure;
  }

  /** The port that is listened on. */
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /** {@code ws://HOST:PORT/}, or {@code wss:}; the host is a name for this machine. */
  public URI uri() {
    var address = ((InetSocketAddress) listener.localAddress()).getAddress();
    var host = address.isAnyLocalAddress() ? "localhost" : address.getHostAddress();
    var literal = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return URI.create("%s://%s:%d/".formatted(secure ? "wss" : "ws", literal, port()));
  }

  /** What network events come from; never {@link Transport#AUTO}. */
  public Transport transport() {
    return transport;
  }

  /** The chain that runs now. */
  public Pipeline pipeline() {
    return context.generations().pipeline();
  }

  public Counters counters() {
    return context.counters();
  }

  /** Everything that is counted; takes time in proportion to the connections that are open. */
  public ServerStatistics statistics() {
    return ServerStatistics.of(context, eventLoops);
  }

  /**
   * Replaces the chain. Exchanges that run end in the chain that they began with; no connection
   * notices.
   *
   * @throws ChainException where a filter or processor can't be made; nothing has changed then
   */
  public Pipeline swap(ChainSpec chain) throws ChainException {
    return context.generations().swap(chain);
  }

  /**
   * As {@link #swap}, but the chain before is kept until {@link #keep} or {@link #takeBack} is
   * called, or the next chain comes.
   */
  public Pipeline tryOut(ChainSpec chain) throws ChainException {
    return context.generations().tryOut(chain);
  }

  /** The generation that is tried out stays; nothing happens where another one runs. */
  public void keep(int generation) {
    context.generations().keep(generation);
  }

  /**
   * Takes the generation that is tried out back: the one before runs again, as it was.
   *
   * @return what runs again; none where another generation runs, or that one is not on trial
   */
  public Optional<Pipeline> takeBack(int generation) {
    return context.generations().takeBack(generation);
  }

  /** How the running generation's messages have ended. */
  public Tally tally() {
    return context.generations().tally();
  }

  /**
   * Publishes a message to a channel, past the chain.
   *
   * @throws io.lhttp.RefusedException as {@link io.lhttp.Exchange#publish}
   */
  public void publish(String channel, Message message) {
    context.publish(channel, message);
  }

  /**
   * Takes no new connection, answers {@code /readyz} with 503, and closes the open ones in paced
   * groups with 1001, each after its running exchange. Blocks until all are closed and all filters
   * and processors have heard of it, or the deadline is over; {@link #close} is still to be called.
   *
   * @return whether all connections were closed in time
   */
  public boolean drain() throws InterruptedException {
    return farewell.drain();
  }

  /**
   * Stops at once: sockets are cut. Exchanges that run get a few seconds to end, and filters and
   * processors to hear of it. The broker is left to who made it. The second call does nothing.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    listener.close().syncUninterruptibly();
    farewell.cut();
    threads.shutdownNow();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    watch.close();
    context.generations().close();
  }

  /** Says what the server shall be; {@link #start} makes it. Not thread-safe. */
  public static final class Builder {
    private static final int BACKLOG = 4096;

    /**
     * The kernel's share of a connection's queue; the kernel doubles it. Left alone, it grows to 4
     * MiB per socket, out of reach of every limit and policy of ours, and it asks for more only
     * when a third of that was taken: a slow client would look like one that takes nothing.
     */
    private static final int SEND_BUFFER = 128 * 1024;

    private static final WriteBufferWaterMark WATER_MARK =
        new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    private final List<FilterSpec> filters = new ArrayList<>();
    private final List<ProcessorSpec> processors = new ArrayList<>();
    private final Map<String, byte[]> resources = new HashMap<>();
    private Optional<ChainSpec> chain = Optional.empty();
    private String host = "localhost";
    private int port = 8081;
    private int eventLoops = Runtime.getRuntime().availableProcessors();
    private Transport transport = Transport.AUTO;
    private Limits limits = Limits.DEFAULT;
    private Origins origins = Origins.same();
    private Drain drain = Drain.DEFAULT;
    private SlowConsumers slowConsumers = SlowConsumers.CLOSE;
    private boolean compression = true;
    private boolean statistics = true;
    private Optional<Path> certificate = Optional.empty();
    private Optional<Path> key = Optional.empty();
    private Optional<Path> publicFolder = Optional.empty();
    private Optional<Broker> broker = Optional.empty();
    private Function<Session, FrameHandler.Receiver> receiver = session -> session::receive;
    private boolean emptyFragments;

    /** Adds a filter at the end of the chain; errors, metrics and traces speak of the name. */
    public Builder filter(String name, Filter filter) {
      filters.add(FilterSpec.of(name, filter));
      return this;
    }

    /** The processor of a command. */
    public Builder processor(String command, Processor processor) {
      processors.add(ProcessorSpec.of(command, processor));
      return this;
    }

    /** The whole chain, in place of what {@code filter} and {@code processor} have added. */
    public Builder chain(ChainSpec chain) {
      this.chain = Optional.of(chain);
      return this;
    }

    /** The address to listen on; {@code 0.0.0.0} for all. Default: localhost. */
    public Builder host(String host) {
      this.host = host;
      return this;
    }

    /** The port to listen on; 0 picks a free one. Default: 8081. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Default: one per processor. */
    public Builder eventLoops(int count) {
      this.eventLoops = count;
      return this;
    }

    public Builder transport(Transport transport) {
      this.transport = transport;
      return this;
    }

    public Builder limits(Limits limits) {
      this.limits = limits;
      return this;
    }

    /** Default: {@link Origins#same}. */
    public Builder origins(Origins origins) {
      this.origins = origins;
      return this;
    }

    public Builder drain(Drain drain) {
      this.drain = drain;
      return this;
    }

    public Builder slowConsumers(SlowConsumers policies) {
      this.slowConsumers = policies;
      return this;
    }

    /** Whether permessage-deflate is negotiated with clients that offer it. Default: yes. */
    public Builder compression(boolean compression) {
      this.compression = compression;
      return this;
    }

    /** Whether every link counts what it does, see {@link ServerStatistics#links}. Default: yes. */
    public Builder statistics(boolean statistics) {
      this.statistics = statistics;
      return this;
    }

    /** A certificate chain and its key, as PEM files; both are read again when they change. */
    public Builder tls(Path certificate, Path key) {
      this.certificate = Optional.of(certificate);
      this.key = Optional.of(key);
      return this;
    }

    /** A folder whose files are served. */
    public Builder publicFolder(Path folder) {
      this.publicFolder = Optional.of(folder);
      return this;
    }

    /** Something served from memory, under a path as {@code /lhttp.js}. */
    public Builder resource(String path, byte[] content) {
      resources.put(path, content.clone());
      return this;
    }

    /** Carries the channels; whoever made it closes it. Default: a {@link MemoryBroker}. */
    public Builder broker(Broker broker) {
      this.broker = Optional.of(broker);
      return this;
    }

    /**
     * Starts the server; connections are accepted when this returns.
     *
     * @throws BindException where the address is in use or not this machine's
     * @throws IOException where TLS files or the transport can't be had
     * @throws ChainException where a filter or processor can't be made
     */
    public LhttpServer start() throws IOException, ChainException {
      var watch = new BlockWatch(BLOCK_LIMIT);
      var threads =
          Executors.newThreadPerTaskExecutor(
              Thread.ofVirtual().name("lhttp-exchange-", 0).factory());
      var chosen = transport.resolve();
      var group =
          new MultiThreadIoEventLoopGroup(
              eventLoops, new DefaultThreadFactory("lhttp-loop"), chosen.handlers());
      try {
        var counters = new Counters();
        var loops = loops(group, watch, counters);
        var context = context(group, loops, threads, counters);
        var listener = listen(group, chosen, context, initializer(context, group, loops));
        loops.values().forEach(loop -> loop.executor.execute(loop.heartbeat::start));
        watch.start();
        return new LhttpServer(
            context,
            List.copyOf(loops.values()),
            new Farewell(context, drain),
            chosen,
            group,
            threads,
            watch,
            listener,
            certificate.isPresent());
      } catch (IOException | ChainException | RuntimeException e) {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        threads.shutdownNow();
        throw e;
      }
    }

    /**
     * Reads what {@link #start} would read of TLS, and opens no port.
     *
     * @throws IOException where TLS files can't be had
     */
    public void check() throws IOException {
      if (certificate.isPresent() && key.isPresent()) {
        var _ = new Tls(certificate.get(), key.get());
      }
    }

    /** Allows what RFC 6455 allows and {@link Fragments} does not; for tests of the protocol. */
    Builder emptyFragments() {
      emptyFragments = true;
      return this;
    }

    /** What takes a connection's messages; the protocol's conformance test puts an echo here. */
    Builder receiver(Function<Session, FrameHandler.Receiver> receiver) {
      this.receiver = receiver;
      return this;
    }

    private Map<EventLoop, Loop> loops(
        MultiThreadIoEventLoopGroup group, BlockWatch watch, Counters counters) {
      var loops = new LinkedHashMap<EventLoop, Loop>();
      for (var executor : group) {
        var loop = (EventLoop) executor;
        var thread = loop.submit(Thread::currentThread).syncUninterruptibly().getNow();
        loops.put(loop, new Loop(loop, loops.size(), watch.slot(thread), limits, counters));
      }
      return loops;
    }

    private ServerContext context(
        MultiThreadIoEventLoopGroup group,
        Map<EventLoop, Loop> loops,
        ExecutorService threads,
        Counters counters)
        throws ChainException {
      var generations =
          new Generations(
              chain.orElseGet(() -> new ChainSpec(filters, processors)),
              loops.size() + 1,
              GENERATION_DEADLINE,
              (task, delay) -> schedule(group, threads, task, delay),
              statistics);
      var hub =
          new Hub<Broadcast>(
              broker.orElseGet(MemoryBroker::new), List.copyOf(loops.values()), Broadcast::new);
      return new ServerContext(
          loops.size(), limits, generations, hub, slowConsumers, threads, counters);
    }

    /** Later, on a thread that may wait. A server that closes closes its generations itself. */
    private static void schedule(
        MultiThreadIoEventLoopGroup group, ExecutorService threads, Runnable task, Duration delay) {
      try {
        if (delay.isZero()) {
          threads.execute(task);
        } else {
          group.schedule(() -> threads.execute(task), delay.toMillis(), TimeUnit.MILLISECONDS);
        }
      } catch (RejectedExecutionException e) {
        // the server is closing
      }
    }

    private ServerInitializer initializer(
        ServerContext context, MultiThreadIoEventLoopGroup group, Map<EventLoop, Loop> loops)
        throws IOException {
      var tls = tls(context, group);
      var files = new StaticFiles(folder(), resources, context.threads());
      var publish = new PublishEndpoint(context, origins, loops);
      var upgrade =
          new Upgrade(
              context,
              origins,
              compression,
              handlers(context, loops, receiver, limits, emptyFragments));
      return new ServerInitializer(
          limits,
          new AcceptGate(limits, context.counters()),
          tls,
          () -> new HttpHandler(context, upgrade, publish, files));
    }

    /** Static, so that what is made keeps no builder, and with it the first chain, in memory. */
    private static Upgrade.SessionFactory handlers(
        ServerContext context,
        Map<EventLoop, Loop> loops,
        Function<Session, FrameHandler.Receiver> receiver,
        Limits limits,
        boolean emptyFragments) {
      return (channel, handshake, compressed) -> {
        var loop = Objects.requireNonNull(loops.get(channel.eventLoop()));
        var session = new Session(context, channel, loop, handshake, compressed);
        return new FrameHandler(
            session,
            receiver.apply(session),
            limits,
            compressed ? Optional.of(loop.deflate) : Optional.empty(),
            emptyFragments);
      };
    }

    private Optional<Tls> tls(ServerContext context, MultiThreadIoEventLoopGroup group)
        throws IOException {
      if (certificate.isEmpty() || key.isEmpty()) {
        return Optional.empty();
      }
      var tls = new Tls(certificate.get(), key.get());
      group.scheduleAtFixedRate(
          () -> context.threads().execute(tls::refresh),
          CERTIFICATE_LOOK.toMillis(),
          CERTIFICATE_LOOK.toMillis(),
          TimeUnit.MILLISECONDS);
      return Optional.of(tls);
    }

    private Optional<Path> folder() throws IOException {
      if (publicFolder.isPresent() && !Files.isDirectory(publicFolder.get())) {
        throw new NotDirectoryException(publicFolder.get().toString());
      }
      return publicFolder;
    }

    private Channel listen(
        MultiThreadIoEventLoopGroup group,
        Transport transport,
        ServerContext context,
        ServerInitializer initializer)
        throws IOException {
      try {
        return new ServerBootstrap()
            .group(group)
            .channel(transport.channel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER)
            .childHandler(initializer)
            .bind(host, port)
            .sync()
            .channel();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while the port was opened");
      } catch (Exception e) {
        context.generations().close();
        var refused =
            new BindException("can't listen on %s:%d: %s".formatted(host, port, e.getMessage()));
        refused.initCause(e);
        throw refused;
      }
    }
  }
}
