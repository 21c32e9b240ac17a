package io.lhttp.server.internal.connection;

import io.lhttp.Connection;
import io.lhttp.channel.ChannelName;
import io.lhttp.channel.Position;
import io.lhttp.internal.chain.Pipeline;
import io.lhttp.internal.chain.Publisher;
import io.lhttp.internal.channel.Hub;
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
import io.lhttp.server.internal.tracing.ServerTracing;
import io.lhttp.tracing.Span;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The objects that all connections of a server share. All threads may use it.
 *
 * @param stripeOfOthers the stripe on which threads other than event loops pin a generation
 * @param threads starts a virtual thread for each task that may block
 * @param budget the bytes that may wait in the whole server
 * @param readiness the application's own reason why the server is not ready; empty if there is none
 * @param revocations the users who are not let in
 * @param tracing begins spans; null without tracing
 * @param sessions the sessions whose {@code onClose} has not run yet in all links
 * @param draining whether the server accepts no new connections
 */
public record ServerContext(
    int stripeOfOthers,
    Limits limits,
    MessageReader reader,
    Generations generations,
    Hub<SharedFrame, LoopSubscribers> hub,
    SlowConsumers slowConsumers,
    Executor threads,
    Counters counters,
    Budget budget,
    Supplier<Optional<String>> readiness,
    Revocations revocations,
    @Nullable ServerTracing tracing,
    ConnectionIds ids,
    Set<Session> sessions,
    AtomicBoolean draining)
    implements Publisher {

  public ServerContext(
      int stripeOfOthers,
      Limits limits,
      Generations generations,
      Hub<SharedFrame, LoopSubscribers> hub,
      SlowConsumers slowConsumers,
      Executor threads,
      Counters counters,
      Budget budget,
      Supplier<Optional<String>> readiness,
      Revocations revocations,
      @Nullable ServerTracing tracing) {
    this(
        stripeOfOthers,
        limits,
        new MessageReader(limits.codec()),
        generations,
        hub,
        slowConsumers,
        threads,
        counters,
        budget,
        readiness,
        revocations,
        tracing,
        new ConnectionIds(),
        ConcurrentHashMap.newKeySet(),
        new AtomicBoolean());
  }

  /** See {@link io.lhttp.server.LhttpServer#unready}. */
  public Optional<String> unready() {
    return draining.get()
        ? Optional.of("draining")
        : hub.trouble().or(revocations::trouble).or(readiness);
  }

  @Override
  public CompletionStage<Void> publish(Connection by, String channel, Message message) {
    ChannelName.require(channel);
    var taking = hub.publish(channel, message, by);
    flush(by);
    return taking;
  }

  @Override
  public CompletionStage<Void> publish(
      Connection by, String channel, Message message, Span within) {
    if (tracing == null) {
      return publish(by, channel, message);
    }
    ChannelName.require(channel);
    var taking =
        tracing.publish(
            channel, message, within, stripped -> hub.publishStripped(channel, stripped, by));
    flush(by);
    return taking;
  }

  @Override
  public @Nullable Span begin(Connection by, Message received, Pipeline pipeline) {
    return tracing == null
        ? null
        : tracing.message(by, received, pipeline.knows(received.command()));
  }

  private void flush(Connection by) {
    if (by.executor() instanceof EventLoopContext loop && loop.isCurrent()) {
      loop.flushLater(hub);
    } else {
      hub.flush();
    }
  }

  /** As {@link #publish(String, Message)}; see {@link io.lhttp.channel.Broker#store}. */
  public CompletionStage<Optional<Position>> store(String channel, Message message) {
    ChannelName.require(channel);
    var storing = hub.store(channel, message);
    hub.flush();
    return storing;
  }

  /** Publishes a message on behalf of the server's own code, without a connection. */
  public CompletionStage<Void> publish(String channel, Message message) {
    ChannelName.require(channel);
    var taking = hub.publish(channel, message);
    hub.flush();
    return taking;
  }
}
