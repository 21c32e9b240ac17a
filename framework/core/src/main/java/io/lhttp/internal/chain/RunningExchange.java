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
import io.lhttp.tracing.Span;
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

  /**
   * The trace; null unless the server records spans, or the client requests a trace and the chain's
   * options allow it.
   */
  private final @Nullable Trace trace;

  /**
   * The message as the client sent it. The reply's {@code id} and the wish for an {@code ack} come
   * from here, even after rewrites.
   */
  private final Message received;

  private Message request;
  private boolean rewritten;
  private @Nullable Attributes attributes;

  /** Headers for every reply: names and values in turn; null without such headers. */
  private @Nullable List<String> replyHeaders;

  /** The number of links that have started; it detects a filter that proceeds twice. */
  private int reached;

  /** The last outcome that a link has returned; the filter at {@link #innerIndex} received it. */
  private @Nullable Outcome inner;

  private int innerIndex = -1;

  /** The last refusal by the link that runs now; null if it has not refused. */
  private Outcome.@Nullable Refused refusal;

  private int sent;
  private int published;

  /** Completes once the broker has taken all publications of this message. */
  private CompletionStage<Void> underWay = Broker.TAKEN;

  /** The set of links that threw, as bits. */
  private long threw;

  /** The exceptions that left a link, in order; created when needed. */
  private @Nullable List<Throwable> thrown;

  /**
   * The number of messages that this message's measured times stand for; 0 if no times are
   * measured.
   */
  private final int weight;

  /** The time in nanoseconds of the link that ended last, including the links after it. */
  private long lastNanos;

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
    this.trace =
        Trace.of(
            pipeline.generation(),
            pipeline.explains(received),
            publisher.begin(connection, received, pipeline));
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
    var unused = Message.builder("check").header(name, value);
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
    var taking =
        trace == null
            ? publisher.publish(connection, channel, message)
            : publisher.publish(connection, channel, message, trace.span());
    published++;
    if (!taking.equals(Broker.TAKEN)) {
      underWay =
          underWay.equals(Broker.TAKEN)
              ? taking
              : readable(underWay).thenCombine(readable(taking), (a, b) -> null);
    }
  }

  /**
   * Replaces an exception whose own methods may throw, because combining futures reads its text.
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

  @Override
  public Span span() {
    return trace == null ? Span.NONE : trace.span();
  }

  void transmit(Message message) {
    sent++;
    var complete = replyHeaders == null ? message : withReplyHeaders(message, replyHeaders);
    var due = trace == null ? complete : trace.hold(complete);
    if (due != null) {
      reply(due);
    }
  }

  /** Sends the reply that {@link #transmit} has held back, now that its trace is complete. */
  void explain() {
    var explained = trace == null ? null : trace.explained();
    if (explained != null) {
      reply(explained);
    }
  }

  /** Whether the client gets the trace with the last reply. */
  boolean explains() {
    return trace != null && trace.explains();
  }

  private void reply(Message message) {
    if (connection instanceof ReplySink sink) {
      sink.reply(message);
    } else {
      connection.send(message);
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

  /** Adds a link to the set of links that threw. */
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

  /** The start time of a link in nanoseconds; 0 if no times are measured. */
  long clock() {
    return weight > 0 ? System.nanoTime() : 0;
  }

  /**
   * The time in nanoseconds from {@code start} until now, without the links after this one. Links
   * are nested, so the link that ended last is the one after this.
   */
  long ownTime(long start) {
    if (weight == 0) {
      return LinkMeter.UNTIMED;
    }
    var behind = lastNanos;
    lastNanos = System.nanoTime() - start;
    return lastNanos - behind;
  }

  /** The time in nanoseconds of all links together; valid once the first link has ended. */
  long wholeTime() {
    return weight > 0 ? lastNanos : LinkMeter.UNTIMED;
  }

  /** The received command, or {@link LinkStatistics#NO_PROCESSOR} if no processor handles it. */
  @Override
  public String commandForMetrics() {
    return pipeline.knows(received.command()) ? received.command() : LinkStatistics.NO_PROCESSOR;
  }

  /** Tells the block watch which link runs now; returns the previous one. */
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
   * The outcome that the filter at this index received from {@code proceed}; null if {@code
   * proceed} did not return normally, as after a stack overflow.
   */
  @Nullable Outcome inner(int index) {
    return innerIndex == index ? inner : null;
  }

  /**
   * Whether the filter at this index has returned the same outcome that {@code proceed} returned to
   * it.
   */
  // by identity: an equal outcome is a decision of the filter
  @SuppressWarnings("ReferenceEquality")
  boolean passedOn(int index, Outcome outcome) {
    return outcome == inner(index);
  }

  Outcome require(@Nullable Outcome outcome, String name, Class<?> filter) {
    if (outcome == null) {
      var missing =
          new NullPointerException(
              "filter '%s' returned no outcome: return chain.proceed(exchange) or a refusal"
                  .formatted(name));
      // the filter has returned, so the stack shows other code
      missing.setStackTrace(new StackTraceElement[] {methodOf(filter)});
      throw missing;
    }
    return outcome;
  }

  /** Returns a stack frame for the class's method {@code filter}, without a line number. */
  private static StackTraceElement methodOf(Class<?> filter) {
    var loader = filter.getClassLoader();
    return new StackTraceElement(
        loader == null ? null : loader.getName(), null, null, filter.getName(), "filter", null, -1);
  }

  /**
   * Returns the final outcome of the filter at this index. Its call of {@code refuse} decides,
   * unless the filter returned another refusal or a close of its own.
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
   * Forgets the refusal that the processor made, because the refusal is not that of the filters
   * before it.
   */
  void forgetRefusal() {
    refusal = null;
  }

  Outcome.@Nullable Refused refusal() {
    return refusal;
  }

  /** Ends the exchange: from now on a filter that proceeds gets an exception. */
  void finish() {
    reached = Integer.MAX_VALUE;
  }
}
