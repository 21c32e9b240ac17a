package io.lhttp.bench.nats;

import io.lhttp.bench.FloorChannel;
import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Subscription;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A channel with a subscription at NATS for each member, which writes and flushes messages one by
 * one.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in channelInactive
final class NaiveChannel implements FloorChannel {
  private static final String SUBJECT = "naive";

  private final Connection nats;
  private final Dispatcher dispatcher;
  private final Map<ChannelHandlerContext, Subscription> subscriptions = new ConcurrentHashMap<>();

  NaiveChannel(Connection nats) {
    this.nats = nats;
    this.dispatcher = nats.createDispatcher();
  }

  @Override
  public void join(ChannelHandlerContext member) {
    subscriptions.put(
        member,
        dispatcher.subscribe(
            SUBJECT,
            message ->
                member.writeAndFlush(
                    Unpooled.wrappedBuffer(message.getData()), member.voidPromise())));
  }

  @Override
  public void leave(ChannelHandlerContext member) {
    var subscription = subscriptions.remove(member);
    if (subscription != null) {
      dispatcher.unsubscribe(subscription);
    }
  }

  @Override
  public void publish(ByteBuf frame) {
    nats.publish(SUBJECT, ByteBufUtil.getBytes(frame));
    frame.release();
  }
}
