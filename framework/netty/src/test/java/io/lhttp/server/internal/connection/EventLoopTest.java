package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.CloseStatus;
import io.lhttp.Outcome;
import io.lhttp.chain.ChainSpec;
import io.lhttp.channel.SlowConsumer;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import io.lhttp.server.internal.fanout.LoopSubscribers;
import io.lhttp.server.internal.fanout.SharedFrame;
import io.lhttp.server.internal.fanout.Subscription;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.Counters;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * An event loop delivers, queues and releases messages of one connection; the test runs its turns.
 */
class EventLoopTest {
  private static final int QUEUE = 100_000;
  private static final int DELIVERIES = 10_000;
  private static final String KILOBYTE = "x".repeat(1_000);

  private final LoopHarness harness =
      new LoopHarness(
          Limits.builder().queueBytes(QUEUE).deliveryBytes(DELIVERIES).build(),
          new ChainSpec(List.of(), List.of()),
          Runnable::run);
  private final EventLoopContext loop = harness.loop;
  private final Session session = harness.session;
  private final Counters counters = harness.counters;
  private final Map<String, LoopSubscribers> channels = new HashMap<>();

  @AfterEach
  void end() {
    harness.close();
  }

  @Test
  void delivery_written_isReleased() {
    subscribe("a", SlowConsumer.CLOSE);
    var broadcast = broadcast("hello");

    channel("a").deliver(broadcast);
    harness.turn();

    assertThat(harness.bodies()).containsExactly("hello");
    assertGone(broadcast);
  }

  @Test
  void delivery_withoutSubscribers_isReleased() {
    var broadcast = broadcast("hello");

    channel("a").deliver(broadcast);
    harness.turn();

    assertGone(broadcast);
  }

  @Test
  void delivery_fullSocket_isHeldUntilWritten() {
    subscribe("a", SlowConsumer.CLOSE);
    harness.full(true);
    var broadcast = broadcast("hello");
    channel("a").deliver(broadcast);
    harness.turn();
    assertThat(harness.bodies()).isEmpty();
    assertThat(session.queuedBytes()).isPositive();

    harness.full(false);
    harness.turn();

    assertThat(harness.bodies()).containsExactly("hello");
    assertThat(session.queuedBytes()).isZero();
    assertGone(broadcast);
  }

  @Test
  void delivery_closedSocket_isReleased() {
    subscribe("a", SlowConsumer.CLOSE);
    harness.full(true);
    var broadcast = broadcast("hello");
    channel("a").deliver(broadcast);
    harness.turn();

    harness.end();

    assertGone(broadcast);
    assertThat(session.queuedBytes()).isZero();
  }

  @Test
  void close_waitsForEarlierMessages_dropsLaterOnes() {
    harness.full(true);
    session.send(Message.of("m", "before"));
    session.close(CloseStatus.NORMAL);
    session.send(Message.of("m", "after"));
    assertThat(session.open()).isFalse();

    harness.full(false);
    harness.turn();

    assertThat(harness.bodies()).containsExactly("before", "close 1000");
  }

  @Test
  void tooSlow_dropsQueueAndCloses() {
    harness.full(true);
    session.send(Message.of("m", "before"));
    session.outbound.tooSlow();

    harness.full(false);
    harness.turn();

    assertThat(harness.bodies()).containsExactly("close 4413");
    assertThat(counters.slowConsumers()).isEqualTo(1);
  }

  @Test
  void fullSocket_takesOnlyClose() {
    harness.full(true);
    session.outbound.ping();
    session.outbound.pong(Unpooled.EMPTY_BUFFER);
    session.close(CloseStatus.NORMAL);
    harness.turn();

    assertThat(harness.bodies()).containsExactly("close 1000");
  }

  @Test
  void closeByClient_isAnsweredOnceAndQueueReleased() {
    subscribe("a", SlowConsumer.CLOSE);
    harness.full(true);
    var broadcast = broadcast("hello");
    channel("a").deliver(broadcast);
    harness.turn();

    session.outbound.closedByPeer(new CloseStatus(1000, "bye"));
    harness.turn();

    assertThat(harness.bodies()).containsExactly("close 1000");
    assertThat(harness.open()).isFalse();
    assertGone(broadcast);
  }

  @Test
  void close_answeredByClient_closesSocket() {
    session.close(CloseStatus.NORMAL);
    harness.turn();

    session.outbound.closedByPeer(new CloseStatus(1000, ""));
    harness.turn();

    assertThat(harness.bodies()).containsExactly("close 1000");
    assertThat(harness.open()).isFalse();
  }

  @Test
  void loopBehind_isCongestedUntilCaughtUp() {
    assertThat(loop.endpoint.congested()).isFalse();

    deliver("a", 12);
    assertThat(loop.endpoint.congested()).isTrue();

    harness.turn();
    assertThat(loop.endpoint.congested()).isFalse();
  }

  @Test
  void deliveriesOverBound_areDroppedAndReported() {
    subscribe("a", SlowConsumer.CLOSE);
    subscribe("b", SlowConsumer.CLOSE);

    deliver("a", 100);
    deliver("b", 3);
    harness.turn();
    var taken = harness.bodies().size();
    deliver("a", 1);
    deliver("b", 1);
    harness.turn();

    assertThat(taken).isBetween(5, 20);
    assertThat(counters.dropped()).isEqualTo(103 - taken);
    assertThat(harness.sent())
        .extracting(message -> message.header("missed").orElse("none"))
        .containsExactly(Integer.toString(100 - taken), "3");
  }

  @Test
  void deliveriesOverBound_areReleased() {
    var broadcasts = new ArrayList<SharedFrame>();
    for (var i = 0; i < 100; i++) {
      broadcasts.add(broadcast(KILOBYTE));
    }

    broadcasts.forEach(broadcast -> channel("a").deliver(broadcast));
    harness.turn();

    assertThat(broadcasts).allSatisfy(EventLoopTest::assertGone);
  }

  @Test
  void unsubscribe_deliveryPublishedBefore_arrives() {
    session.subscribe("a");
    harness.turn();
    var channel = joined("a");
    var before = broadcast("before");
    var after = broadcast("after");

    channel.deliver(before);
    session.unsubscribe("a");
    channel.deliver(after);
    harness.turn();

    assertThat(harness.bodies()).containsExactly("before");
    assertGone(before);
    assertGone(after);
  }

  @Test
  void resubscribe_pendingDelivery_arrivesOnce() {
    session.subscribe("a");
    harness.turn();

    joined("a").deliver(broadcast("on its way"));
    session.unsubscribe("a");
    session.subscribe("a");
    joined("a").deliver(broadcast("later"));
    harness.turn();

    assertThat(harness.bodies()).containsExactly("on its way", "later");
  }

  @Test
  void revocation_isSentAfterQueuedDeliveries() {
    session.subscribe("a");
    session.subscribe("b");
    harness.turn();
    var _ = harness.hub.publish("a", Message.of("say", "before"));

    session.subscriptions().revoke("a", Outcome.refused(403, "no"));
    var _ = harness.hub.publish("a", Message.of("say", "after"));
    var _ = harness.hub.publish("b", Message.of("say", "other"));

    assertThat(harness.sent())
        .extracting(message -> message.command() + message.body())
        .containsExactly("saybefore", "unsubscribed", "sayother");
  }

  @Test
  void revocation_withoutSubscription_sendsNothing() {
    session.subscriptions().revoke("a", Outcome.refused(403, "no"));

    assertThat(harness.sent()).isEmpty();
  }

  @Test
  void connectionEnds_beforeSubscriptionBegins_leavesNothing() {
    session.subscribe("a");
    var channel = joined("a");
    harness.end();
    harness.turn();
    var broadcast = broadcast("hello");

    channel.deliver(broadcast);
    harness.turn();

    assertThat(harness.bodies()).isEmpty();
    assertGone(broadcast);
    assertThat(harness.hub.channels()).isZero();
  }

  @Test
  void subscribe_afterConnectionEnds_isIgnored() {
    harness.end();

    session.subscribe("a");
    harness.turn();

    assertThat(harness.hub.channels()).isZero();
  }

  @Test
  void lowPriorityTasks_letOtherTasksInBetween() {
    var done = new ArrayList<String>();
    for (var i = 0; i < 100; i++) {
      loop.runLowPriority(() -> done.add("piece"));
    }
    loop.execute(() -> done.add("task"));

    harness.turn();
    assertThat(done).contains("task").hasSizeLessThan(20);

    for (var turns = 0; turns < 100; turns++) {
      harness.turn();
    }
    assertThat(done).hasSize(101);
  }

  @Test
  void delivery_duringWrite_sharesFlush() {
    subscribe("a", SlowConsumer.CLOSE);
    channel("a").deliver(broadcast("one"));
    loop.execute(() -> channel("a").deliver(broadcast("two")));

    assertThat(harness.bodies()).containsExactly("one", "two");
    assertThat(harness.flushes()).isEqualTo(1);
  }

  /** Returns the subscribers of a channel that the hub does not know. */
  private LoopSubscribers channel(String name) {
    return channels.computeIfAbsent(name, loop.endpoint::receiver);
  }

  /** Returns the hub's subscribers of a channel that has one. */
  private LoopSubscribers joined(String name) {
    var channel = harness.hub.join(name, loop.index, null);
    harness.hub.leave(name, loop.index);
    return channel;
  }

  private void deliver(String name, int count) {
    for (var i = 0; i < count; i++) {
      channel(name).deliver(broadcast(KILOBYTE));
    }
  }

  private static SharedFrame broadcast(String body) {
    return new SharedFrame(Message.of("m", body), 1, 0, new Budget(1 << 30));
  }

  private static void assertGone(SharedFrame broadcast) {
    assertThatThrownBy(broadcast::retain).isInstanceOf(IllegalReferenceCountException.class);
  }

  private void subscribe(String name, SlowConsumer policy) {
    new Subscription(session.outbound, channel(name), policy).begin();
  }
}
