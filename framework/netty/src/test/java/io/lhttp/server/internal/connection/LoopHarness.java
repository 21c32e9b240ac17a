package io.lhttp.server.internal.connection;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Handshake;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.internal.channel.Hub;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.internal.version.Generations;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.revocation.Revocations;
import io.lhttp.server.Limits;
import io.lhttp.server.SlowConsumers;
import io.lhttp.server.internal.fanout.LoopSubscribers;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** An event loop with one connection and no socket. The test runs its turns. */
public final class LoopHarness implements AutoCloseable {
  public final Counters counters = new Counters();
  public final Budget budget;
  public final EventLoopContext loop;
  public final Hub<SharedFrame, LoopSubscribers> hub;
  public final Session session;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  public final ServerContext context;
  private boolean ended;
  private int flushes;

  /**
   * @param threads runs the exchanges that may block
   */
  public LoopHarness(Limits limits, ChainSpec chain, Executor threads) {
    var slot = new BlockWatch(Duration.ofSeconds(1)).slot(Thread.currentThread());
    budget = new Budget(limits.memory().bytesOf(Runtime.getRuntime().maxMemory()));
    loop = new EventLoopContext(channel.eventLoop(), 0, slot, limits, counters, budget);
    hub =
        new Hub<>(
            new MemoryBroker(),
            List.of(loop.endpoint),
            (message, holders, offset) -> new SharedFrame(message, holders, offset, budget));
    try {
      var generations = new Generations(chain, 2, Duration.ZERO, (task, delay) -> {});
      context =
          new ServerContext(
              1,
              limits,
              generations,
              hub,
              SlowConsumers.CLOSE,
              threads,
              counters,
              budget,
              Optional::empty,
              Revocations.none(""),
              null);
      session = session(channel);
    } catch (ChainException e) {
      throw new AssertionError(e);
    }
    channel
        .pipeline()
        .addLast(
            new ChannelDuplexHandler() {
              @Override
              public void flush(ChannelHandlerContext context) {
                flushes++;
                context.flush();
              }

              @Override
              public void channelWritabilityChanged(ChannelHandlerContext context) {
                session.onWritable();
              }
            });
    session.onOpened();
  }

  /** Opens another connection of the event loop. */
  public Session another() {
    return another(new EmbeddedChannel());
  }

  /** Opens another connection of the event loop. */
  Session another(EmbeddedChannel socket) {
    var opened = session(socket);
    opened.onOpened();
    return opened;
  }

  private Session session(EmbeddedChannel socket) {
    var handshake = new Handshake(new InetSocketAddress(0), "/", Map.of());
    return new Session(context, socket, loop, handshake, false);
  }

  /** Starts the heartbeat with a clock that only {@link #advance} moves. */
  void startHeartbeat() {
    channel.freezeTime();
    loop.heartbeat.start();
  }

  void advance(Duration time) {
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
  }

  /** Runs one turn of the event loop. */
  public void turn() {
    channel.runPendingTasks();
  }

  /** The number of flushes of the socket. */
  public int flushes() {
    return flushes;
  }

  /** Sets whether the socket counts as full. */
  public void full(boolean full) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, !full);
    turn();
  }

  public boolean open() {
    return channel.isOpen();
  }

  public boolean reading() {
    return channel.config().isAutoRead();
  }

  /** Returns the messages that were sent since the last call, with closes and pings as messages. */
  List<Message> sent() {
    turn();
    var sent = new ArrayList<Message>();
    for (ByteBuf frame = channel.readOutbound(); frame != null; frame = channel.readOutbound()) {
      sent.add(message(frame));
      frame.release();
    }
    return sent;
  }

  public List<String> bodies() {
    return sent().stream().map(Message::body).toList();
  }

  /** Closes the socket. */
  public void end() {
    if (!ended) {
      ended = true;
      session.onClosed();
    }
  }

  @Override
  public void close() {
    end();
    sent();
    channel.finishAndReleaseAll();
  }

  private static Message message(ByteBuf frame) {
    var opcode = frame.readByte() & 0xf;
    if (frame.readUnsignedByte() == 126) {
      frame.skipBytes(2);
    }
    if (opcode == 9) {
      return Message.of("ping", "");
    } else if (opcode == 8) {
      return Message.of("close", "close " + frame.readUnsignedShort());
    }
    var wire = frame.readCharSequence(frame.readableBytes(), UTF_8).toString();
    return MessageReader.DEFAULT.read(wire.getBytes(UTF_8), Message.Format.TEXT);
  }
}
