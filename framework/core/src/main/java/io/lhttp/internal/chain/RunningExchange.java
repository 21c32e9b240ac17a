package io.lhttp.internal.chain;

import io.lhttp.Attributes;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Outcome;
import io.lhttp.RefusedException;
import io.lhttp.Reply;
import io.lhttp.chain.LinkStatistics;
import io.lhttp.channel.Broker;
import io.lhttp.internal.log.Loggable;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.internal.measure.LinkMeter;
import io.lhttp.internal.measure.MeteredExchange;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One message on its way through a pipeline; confined to the thread that runs it. */
public final class RunningExchange implements Exchange, MeteredExchange {
  private final Pipeline pipeline;
  private final Connection connection;
  private final Publisher publisher;
  private final BlockWatch.@Nullable Slot slot;

  /** The trace, if the message asks for one and may. */
  private final @Nullable Trace trace;

  /** The received message: {@code id} and {@code ack} are read from it, even after rewrites. */
  private final Message received;

  private Message request;
  private boolean rewritten;
  private @Nullable Attributes attributes;

  /** Names and values of headers for every reply; created when needed. */
  private @Nullable List<String> replyHeaders;

  /** The number of links that have proceeded; it detects a link that proceeds twice. */
  private int reached;

  /** The innermost known outcome; {@link #innerIndex} is the link to which it was returned. */
  private @Nullable Outcome inner;

  private int innerIndex = -1;

  /** The last refusal of the link that runs now; null while the links behind a filter begin. */
  private Outcome.@Nullable Refused refusal;

  private int sent;
  private int published;

  /** The publications that may not be stored yet. */
  private CompletionStage<Void> underWay = Broker.TAKEN;

  /** The links that threw, as bits. */
  private long threw;

  /** The exceptions that left a link, in order; created when needed. */
  private @Nullable List<Throwable> thrown;

  /** The number of messages that this one's times stand for; 0 if no times are taken. */
  private final int weight;

  /** Nanoseconds of the link that ended last, with all links behind it. */
  private long taken;

  /**
   * @param slot the event loop's slot of the block watch, or null on a virtual thread
   */
  RunningExchange(
      Pipeline pipeline,
      Connection connection,
      Publisher publisher,
      Message received,
      BlockWatch.@Nullable Slot slot) {
    this.pipeline = pipeline;
    this.connection = connection;
    this.publisher = publisher;
    this.received = received;
    this.request = received;
    this.slot = slot;
    this.trace = pipeline.explains(received) ? new Trace(pipeline.generation()) : null;
    this.weight = !pipeline.counts() ? 0 : slot == null ? 1 : slot.sample();
  }

  Pipeline pipeline() {
    return pipeline;
  }

  @Override
  public Message request() {
    return request;
  }

  @Override
  public Message received() {
    return received;
  }

  @Override
  public void rewrite(Message message) {
    request = Objects.requireNonNull(message);
    rewritten = true;
  }

  @Override
  public Connection connection() {
    return connection;
  }

  @Override
  public Attributes attributes() {
    if (attributes == null) {
      attributes = new Attributes();
    }
    return attributes;
  }

  @Override
  public void send(String body) {
    transmit(RunningReply.echo(this, body));
  }

  @Override
  public Reply reply() {
    return new RunningReply(this);
  }

  @Override
  public void addReplyHeader(String name, String value) {
    var _ = Message.builder("check").header(name, value);
    if (replyHeaders == null) {
      replyHeaders = new ArrayList<>(2);
    }
    replyHeaders.add(name);
    replyHeaders.add(value);
  }

  @Override
  public Outcome.Refused refuse(int status, String reason) {
    var refused = Outcome.refused(status, reason);
    refusal = refused;
    return refused;
  }

  @Override
  public void publish(String channel, Message message) {
    var taking = publisher.publish(connection, channel, message);
    published++;
    if (!taking.equals(Broker.TAKEN)) {
      underWay =
          underWay.equals(Broker.TAKEN)
              ? taking
              : readable(underWay).thenCombine(readable(taking), (a, b) -> null);
    }
  }

  /**
   * Replaces an exception that may throw in its own methods, because combining futures reads its
   * text.
   */
  private static CompletionStage<Void> readable(CompletionStage<Void> taking) {
    return taking.exceptionally(thrown -> {
      throw thrown instanceof RuntimeException refused
              && (thrown instanceof RefusedException || thrown instanceof CompletionException)
          ? refused
          : new CompletionException(Loggable.of(thrown));
    });
  }

  @Override
  public int generation() {
    return pipeline.generation();
  }

  void transmit(Message message) {
    sent++;
    var complete = replyHeaders == null ? message : withReplyHeaders(message, replyHeaders);
    var due = trace == null ? complete : trace.hold(complete);
    if (due != null) {
      connection.send(due);
    }
  }

  /** Sends the reply that {@link #transmit} has kept for the trace. */
  void explain() {
    var explained = trace == null ? null : trace.explained();
    if (explained != null) {
      connection.send(explained);
    }
  }

  @Nullable Trace trace() {
    return trace;
  }

  private static Message withReplyHeaders(Message message, List<String> replyHeaders) {
    var builder = message.toBuilder();
    for (var i = 0; i < replyHeaders.size(); i += 2) {
      builder.without(replyHeaders.get(i)).header(replyHeaders.get(i), replyHeaders.get(i + 1));
    }
    return builder.build();
  }

  int sent() {
    return sent;
  }

  /** Records that a link has thrown by its own fault. */
  void threw(long link) {
    threw |= link;
  }

  long threw() {
    return threw;
  }

  /** Records an exception that has left a link. */
  void threw(Throwable exception) {
    if (thrown == null) {
      thrown = new ArrayList<>(1);
    }
    thrown.add(exception);
  }

  List<Throwable> thrown() {
    return thrown == null ? List.of() : List.copyOf(thrown);
  }

  public int published() {
    return published;
  }

  public CompletionStage<Void> underWay() {
    return underWay;
  }

  boolean rewritten() {
    return rewritten;
  }

  /** Whether the current thread may block. */
  boolean mayWait() {
    return slot == null;
  }

  @Override
  public BlockWatch.@Nullable Slot slot() {
    return slot;
  }

  @Override
  public int weight() {
    return weight;
  }

  /** The time when a link begins; 0 if no times are taken. */
  long clock() {
    return weight > 0 ? System.nanoTime() : 0;
  }

  /**
   * The time of a link from {@code start} until now, without the links behind it. Links are nested,
   * so the one that ended last is the next one.
   */
  long ownTime(long start) {
    if (weight == 0) {
      return LinkMeter.UNTIMED;
    }
    var behind = taken;
    taken = System.nanoTime() - start;
    return taken - behind;
  }

  /** The time of all links together, once the first one has ended. */
  long wholeTime() {
    return weight > 0 ? taken : LinkMeter.UNTIMED;
  }

  /** The received command, or one common name if no processor has it. */
  @Override
  public String commandForMetrics() {
    return pipeline.knows(received.command()) ? received.command() : LinkStatistics.NO_PROCESSOR;
  }

  /** Reports the running link to the block watch; returns the previous one. */
  @Nullable String enter(String name) {
    return slot == null ? null : slot.enter(name);
  }

  void leave(@Nullable String outer) {
    if (slot != null) {
      slot.leave(outer);
    }
  }

  int reached() {
    return reached;
  }

  void advance(int index, String name) {
    if (reached != index) {
      throw new IllegalStateException(
          "filter '" + name + "' has proceeded twice, or after its message was over");
    }
    reached = index + 1;
  }

  Outcome keep(int index, Outcome outcome) {
    inner = outcome;
    innerIndex = index;
    return outcome;
  }

  /**
   * The outcome of the links behind this index; null if they did not return, as after a stack
   * overflow.
   */
  @Nullable Outcome inner(int index) {
    return innerIndex == index ? inner : null;
  }

  /** Whether the link of this index has only passed on the outcome of the links behind it. */
  @SuppressWarnings("ReferenceEquality") // identity: an equal outcome is a decision of its own
  boolean passedOn(int index, Outcome outcome) {
    return outcome == inner(index);
  }

  Outcome require(@Nullable Outcome outcome, String name) {
    if (outcome == null) {
      throw new NullPointerException("filter '" + name + "' returned no outcome");
    }
    return outcome;
  }

  /**
   * The outcome of the filter of this index, which has ended. Its own call of {@code refuse} stands
   * unless the filter has returned another refusal or a close of its own.
   */
  Outcome settle(int index, Outcome outcome) {
    var own = refusal;
    if (own == null) {
      return outcome;
    }
    refusal = null;
    return outcome instanceof Outcome.Done || passedOn(index, outcome) ? own : outcome;
  }

  /**
   * Forgets the refusal that a processor has made: the filters before the processor have not
   * refused the message themselves.
   */
  void forgetRefusal() {
    refusal = null;
  }

  Outcome.@Nullable Refused refusal() {
    return refusal;
  }

  /** From now on no link may proceed. */
  void finish() {
    reached = Integer.MAX_VALUE;
  }
}
