package io.lhttp.server;

import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.internal.channel.Hub;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.internal.measure.CarrierWatch;
import io.lhttp.internal.measure.Threads;
import io.lhttp.internal.version.Generations;
import io.lhttp.server.internal.connection.EventLoopContext;
import io.lhttp.server.internal.connection.FrameHandler;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.connection.Session;
import io.lhttp.server.internal.fanout.LoopSubscribers;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.fanout.TracedFrames;
import io.lhttp.server.internal.http.Admission;
import io.lhttp.server.internal.http.HttpHandler;
import io.lhttp.server.internal.http.PublishEndpoint;
import io.lhttp.server.internal.http.StaticFiles;
import io.lhttp.server.internal.http.Upgrade;
import io.lhttp.server.internal.lifecycle.ConnectionDrainer;
import io.lhttp.server.internal.lifecycle.ServerInitializer;
import io.lhttp.server.internal.lifecycle.Tls;
import io.lhttp.server.internal.limit.AcceptGate;
import io.lhttp.server.internal.limit.AcceptPause;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.lhttp.server.internal.limit.HandshakeGate;
import io.lhttp.server.internal.limit.RefusalLog;
import io.lhttp.server.internal.tracing.ServerTracing;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Builds a server from its builder's settings, on the thread that starts it. */
final class Assembly {
  /** The time after which a link that blocks an event loop is logged. */
  private static final Duration BLOCK_LIMIT = Duration.ofMillis(100);

  /** Code that holds all carriers of virtual threads for longer is logged. */
  private static final Duration CARRIER_LIMIT = Duration.ofSeconds(1);

  /**
   * The time after a swap when the links of the replaced generation are closed even if exchanges
   * still run in them.
   */
  private static final Duration GENERATION_DEADLINE = Duration.ofSeconds(30);

  private static final Duration CERTIFICATE_CHECK = Duration.ofSeconds(2);

  private static final int BACKLOG = 4096;

  /**
   * The size in bytes of the kernel's send buffer for each connection; the kernel doubles it.
   * Without this bound the buffer grows to 4 MiB, outside of all limits of this server.
   */
  private static final int SEND_BUFFER = 128 * 1024;

  /** The most reads of a connection in a turn of its event loop; Netty's own number. */
  private static final int READS_A_TURN = 16;

  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(32 * 1024, 64 * 1024);

  /** Creates the handler that turns a connection's frames into messages. */
  @FunctionalInterface
  interface MessageSource {
    FrameHandler create(ServerContext context, Session session, boolean compressed);
  }

  private final LhttpServer.Builder settings;
  private final MessageSource source;

  Assembly(LhttpServer.Builder settings) {
    this(settings, Assembly::messages);
  }

  Assembly(LhttpServer.Builder settings, MessageSource source) {
    this.settings = settings;
    this.source = source;
  }

  /** See {@link LhttpServer.Builder#start}. */
  LhttpServer start() throws IOException, ChainException {
    var watch = new BlockWatch(BLOCK_LIMIT);
    var threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(Threads.EXCHANGE, 0).factory());
    var chosen = settings.transport.resolve();
    var group =
        new MultiThreadIoEventLoopGroup(
            settings.eventLoops, new DefaultThreadFactory("lhttp-loop"), chosen.handlers());
    @Nullable ServerContext context = null;
    try {
      var counters = new Counters();
      var budget = new Budget(settings.limits.memory().bytesOf(Runtime.getRuntime().maxMemory()));
      var loops = loops(group, watch, counters, budget);
      context = context(group, loops, threads, counters, budget);
      var listener = listen(group, chosen, counters, initializer(context, group, loops));
      loops.values().forEach(loop -> loop.executor.execute(loop.heartbeat::start));
      watch.start();
      var generations = context.generations();
      var carriers = new CarrierWatch(CARRIER_LIMIT, stack -> generations.pipeline().linkOf(stack));
      carriers.start();
      return new LhttpServer(
          context,
          List.copyOf(loops.values()),
          new ConnectionDrainer(context, settings.drain),
          chosen,
          group,
          threads,
          watch,
          carriers,
          listener,
          settings.certificate.isPresent());
    } catch (IOException | ChainException | RuntimeException | Error e) {
      if (context != null) {
        context.generations().close();
      }
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      threads.shutdownNow();
      throw e;
    }
  }

  private Map<EventLoop, EventLoopContext> loops(
      MultiThreadIoEventLoopGroup group, BlockWatch watch, Counters counters, Budget budget) {
    var loops = new LinkedHashMap<EventLoop, EventLoopContext>();
    for (var executor : group) {
      var loop = (EventLoop) executor;
      var thread = loop.submit(Thread::currentThread).syncUninterruptibly().getNow();
      var slot = watch.slot(thread);
      loops.put(
          loop, new EventLoopContext(loop, loops.size(), slot, settings.limits, counters, budget));
    }
    return loops;
  }

  private ServerContext context(
      MultiThreadIoEventLoopGroup group,
      Map<EventLoop, EventLoopContext> loops,
      ExecutorService threads,
      Counters counters,
      Budget budget)
      throws ChainException {
    var generations =
        new Generations(
            settings.chain.orElseGet(() -> new ChainSpec(settings.filters, settings.processors)),
            loops.size() + 1,
            GENERATION_DEADLINE,
            (task, delay) -> schedule(group, threads, task, delay),
            settings.statistics);
    var tracing = settings.tracer.map(ServerTracing::new).orElse(null);
    var hub =
        new Hub<SharedFrame, LoopSubscribers>(
            settings.broker.orElseGet(MemoryBroker::new),
            loops.values().stream().map(loop -> loop.endpoint).toList(),
            encoder(budget, tracing),
            budget.kept()::add);
    return new ServerContext(
        loops.size(),
        settings.limits,
        generations,
        hub,
        settings.slowConsumers,
        threads,
        counters,
        budget,
        settings.readiness,
        settings.revocations,
        tracing);
  }

  private static Hub.Encoder<SharedFrame> encoder(Budget budget, @Nullable ServerTracing tracing) {
    return tracing == null
        ? (message, holders, offset) -> new SharedFrame(message, holders, offset, budget)
        : new TracedFrames(budget, tracing);
  }

  /**
   * Runs a task later on a platform thread, because code of a replaced chain may hold all carriers
   * of virtual threads. A task that is due after the server has begun to close is dropped, because
   * closing ends the generations anyway.
   */
  private static void schedule(
      MultiThreadIoEventLoopGroup group, ExecutorService threads, Runnable task, Duration delay) {
    Runnable start =
        () -> {
          if (!threads.isShutdown()) {
            Thread.ofPlatform().daemon().name("lhttp-generations").start(task);
          }
        };
    try {
      if (delay.isZero()) {
        start.run();
      } else {
        group.schedule(start, delay.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (RejectedExecutionException e) {
      // the server is closing
    }
  }

  private ServerInitializer initializer(
      ServerContext context,
      MultiThreadIoEventLoopGroup group,
      Map<EventLoop, EventLoopContext> loops)
      throws IOException {
    var tls = tls(context, group);
    var files = new StaticFiles(folder(), settings.resources, context.threads());
    var admission = admission(context);
    var publish =
        settings.publishEndpoint
            ? Optional.of(new PublishEndpoint(context, admission, loops))
            : Optional.<PublishEndpoint>empty();
    var errors = new ErrorLog(LoggerFactory.getLogger(HttpHandler.class), "an HTTP request");
    var upgrade =
        new Upgrade(context, admission, settings.compression, sessions(context, loops, source));
    return new ServerInitializer(
        settings.limits,
        context.budget(),
        admission,
        tls,
        () -> new HttpHandler(context, admission, upgrade, publish, files, errors));
  }

  private Admission admission(ServerContext context) {
    var refusals = new RefusalLog(System::nanoTime);
    return new Admission(
        new AcceptGate(settings.limits, context.counters(), refusals),
        new HandshakeGate(settings.limits.handshakesPerAddress(), System::nanoTime),
        settings.trustedProxies.rules(),
        settings.hosts.check(),
        settings.origins.check(),
        refusals);
  }

  /** Static, because a lambda that captured the builder would keep the first chain in memory. */
  private static Upgrade.SessionFactory sessions(
      ServerContext context, Map<EventLoop, EventLoopContext> loops, MessageSource source) {
    return (channel, handshake, compressed) -> {
      var loop = Objects.requireNonNull(loops.get(channel.eventLoop()));
      var session = new Session(context, channel, loop, handshake, compressed);
      return source.create(context, session, compressed);
    };
  }

  private static FrameHandler messages(ServerContext context, Session session, boolean compressed) {
    return new FrameHandler(
        session, session.receiver(), context.limits(), context.budget(), compressed);
  }

  private Optional<Tls> tls(ServerContext context, MultiThreadIoEventLoopGroup group)
      throws IOException {
    var certificate = settings.certificate;
    var key = settings.key;
    if (certificate.isEmpty() || key.isEmpty()) {
      return Optional.empty();
    }
    var tls = new Tls(certificate.get(), key.get());
    var errors = new ErrorLog(LoggerFactory.getLogger(Tls.class), "the check of the certificate");
    group.scheduleAtFixedRate(
        errors.guard(() -> context.threads().execute(errors.guard(tls::refresh))),
        CERTIFICATE_CHECK.toMillis(),
        CERTIFICATE_CHECK.toMillis(),
        TimeUnit.MILLISECONDS);
    return Optional.of(tls);
  }

  private Optional<Path> folder() throws IOException {
    var publicFolder = settings.publicFolder;
    if (publicFolder.isPresent() && !Files.isDirectory(publicFolder.get())) {
      throw new NotDirectoryException(publicFolder.get().toString());
    }
    return publicFolder;
  }

  /**
   * Returns what Netty would make for each connection: the size of a connection's buffers follows
   * what it sends, and a turn reads it 16 times at most.
   */
  private static RecvByteBufAllocator receiveBuffers() {
    return new AdaptiveRecvByteBufAllocator().maxMessagesPerRead(READS_A_TURN);
  }

  private Channel listen(
      MultiThreadIoEventLoopGroup group,
      Transport transport,
      Counters counters,
      ServerInitializer initializer)
      throws IOException {
    try {
      return new ServerBootstrap()
          .group(group)
          .channel(transport.channel())
          .handler(new AcceptPause(counters, System::nanoTime))
          .option(ChannelOption.SO_BACKLOG, BACKLOG)
          .option(ChannelOption.SO_REUSEADDR, true)
          .childOption(ChannelOption.TCP_NODELAY, true)
          .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
          .childOption(ChannelOption.SO_SNDBUF, SEND_BUFFER)
          .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers())
          .childHandler(initializer)
          .bind(settings.host, settings.port)
          .sync()
          .channel();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the port was opened");
    } catch (Exception e) {
      var refused =
          new BindException(
              "can't listen on %s:%d: %s".formatted(settings.host, settings.port, e.getMessage()));
      refused.initCause(e);
      throw refused;
    }
  }
}
