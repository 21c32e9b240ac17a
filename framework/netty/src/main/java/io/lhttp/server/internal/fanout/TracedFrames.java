package io.lhttp.server.internal.fanout;

import io.lhttp.internal.channel.Hub;
import io.lhttp.message.Message;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.tracing.ServerTracing;
import io.lhttp.tracing.Span;
import java.util.concurrent.atomic.LongAdder;

/** Encodes publications, and records the deliveries of those whose message is recorded. */
public final class TracedFrames implements Hub.Encoder<SharedFrame> {
  private final Budget budget;
  private final ServerTracing tracing;

  public TracedFrames(Budget budget, ServerTracing tracing) {
    this.budget = budget;
    this.tracing = tracing;
  }

  @Override
  public SharedFrame encode(Message message, int holders, long offset) {
    return encode(message, message, holders, offset);
  }

  @Override
  public SharedFrame encode(Message message, Message published, int holders, long offset) {
    var span = tracing.delivery(message.header("channel").orElse(""), published);
    return span.isEmpty()
        ? new SharedFrame(message, holders, offset, budget)
        : new TracedFrame(
            tracing.carrying(message, span.get()), holders, offset, budget, span.get());
  }

  /** A frame whose span ends with its last reference. */
  private static final class TracedFrame extends SharedFrame {
    private final Span span;
    private final LongAdder subscribers = new LongAdder();

    TracedFrame(Message message, int holders, long offset, Budget budget, Span span) {
      super(message, holders, offset, budget);
      this.span = span;
    }

    @Override
    void taken(int subscribers) {
      this.subscribers.add(subscribers);
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      span.with("lhttp.subscribers", subscribers.sum()).end();
    }
  }
}
