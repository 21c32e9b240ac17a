package io.lhttp.app.cli.client;

import io.lhttp.app.logging.Printable;
import io.lhttp.app.run.Failure;
import io.lhttp.app.run.SlowSteps;
import io.lhttp.client.Closed;
import io.lhttp.client.ConnectionClosedException;
import io.lhttp.client.Gap;
import io.lhttp.client.LhttpClient;
import io.lhttp.client.Listener;
import io.lhttp.client.RequestRefusedException;
import io.lhttp.client.Subscription;
import io.lhttp.message.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * The messages that {@code lhttp connect} exchanges with a server for a person at a terminal or for
 * a shell script.
 */
final class Conversation implements Listener {
  private static final int NORMAL = 1000;
  private static final int ABNORMAL = 1006;
  private static final int WORDS = 500;
  private static final Duration FOREVER = Duration.ofDays(36_500);

  private final Printer printer;
  private final PrintWriter err;
  private final Map<String, Subscription> subscriptions = new HashMap<>();

  /**
   * The ids of messages for which {@link #ask} has requested an acknowledgement: at most one for
   * each option {@code --send} of the command line.
   */
  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();

  /**
   * The number of received messages. This field and the next two are guarded by the lock of this
   * object.
   */
  private int arrived;

  private boolean inputOver;
  private Optional<Closed> closed = Optional.empty();

  Conversation(Printer printer, PrintWriter err) {
    this.printer = printer;
    this.err = err;
  }

  @Override
  public void onMessage(LhttpClient client, Message message) {
    if (isAcknowledgement(message)) {
      return;
    }
    printer.print(message);
    synchronized (this) {
      arrived++;
      notifyAll();
    }
  }

  @Override
  public void onGap(LhttpClient client, Gap gap) {
    gap.missed()
        .ifPresentOrElse(
            missed -> err.println("missed " + missed + " messages"),
            () -> err.println("may have missed messages"));
  }

  @Override
  public synchronized void onClose(LhttpClient client, Closed why) {
    closed = Optional.of(why);
    notifyAll();
  }

  /** Waits for a reply; turns its failure into a {@link Failure} with a text for the user. */
  static <T> T await(CompletableFuture<T> answer, Duration time)
      throws Failure, InterruptedException {
    try {
      return answer.get(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new Failure("no answer within " + describe(time), e);
    } catch (ExecutionException e) {
      throw switch (Objects.requireNonNull(e.getCause())) {
        case ConnectionClosedException lost -> new Failure(describe(lost.closed()), lost);
        case RequestRefusedException refused -> new Failure(describe(refused), refused);
        case TimeoutException late -> new Failure("no answer within " + describe(time), late);
        default -> new Failure(Failure.reason(e), e);
      };
    }
  }

  /** Waits until the connection is open. Tells the user if that takes more than a second. */
  void awaitOpen(LhttpClient client, URI server, Duration time)
      throws Failure, InterruptedException {
    var opened = client.opened();
    if (time.compareTo(SlowSteps.LONG) > 0) {
      try {
        opened.get(SlowSteps.LONG.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException _) {
        err.println("connecting to " + server + " …");
      } catch (ExecutionException _) {
        // the call below reports it
      }
    }
    await(opened, time);
  }

  /**
   * Sends a message, waits for the first reply and prints the reply. A command that sends none is
   * acknowledged by the server with a status.
   */
  void ask(LhttpClient client, Message message, Duration time)
      throws Failure, InterruptedException {
    var asked = message.toBuilder();
    var added = new ArrayList<String>();
    var id = message.header("id").orElseGet(() -> UUID.randomUUID().toString());
    if (!message.headers().has("id")) {
      asked.header("id", id);
      added.add("id");
    }
    if (!message.headers().has("ack")) {
      acknowledged.add(id);
      asked.header("ack", "true");
      added.add("ack");
    }
    var reply = await(client.request(asked.build()), time);
    printer.print(reply.without(added.toArray(String[]::new)));
  }

  /** Whether this is the server's acknowledgement of a message that was answered before. */
  private boolean isAcknowledgement(Message message) {
    return message.header("id").filter(acknowledged::contains).isPresent()
        && message.headers().is("status", "200")
        && message.bodyLength() == 0;
  }

  void subscribe(LhttpClient client, String channel, Duration time)
      throws Failure, InterruptedException {
    await(subscription(client, channel).ready(), time);
  }

  /**
   * Waits for messages that the server sends.
   *
   * @param count the number of messages to wait for; empty to wait until the connection ends
   * @param time the longest time to wait; empty for no limit
   */
  synchronized void awaitMessages(Optional<Integer> count, Optional<Duration> time)
      throws Failure, InterruptedException {
    await(
        () -> closed.isPresent() || (count.isPresent() && arrived >= count.get()),
        time.orElse(FOREVER));
    if (count.isPresent() && arrived >= count.get()) {
      return;
    }
    failIfLost();
    if (count.isPresent()) {
      throw new Failure(
          "%d of %d messages came within %s"
              .formatted(arrived, count.get(), describe(time.orElse(FOREVER))));
    }
  }

  /**
   * Sends the lines of the input, until the input or the connection ends.
   *
   * @param quiet after the end of the input, the time without a message after which the call
   *     returns
   */
  synchronized void converse(LhttpClient client, BufferedReader input, Duration quiet)
      throws Failure, InterruptedException {
    Thread.ofPlatform().daemon().name("input").start(() -> read(client, input));
    await(() -> closed.isPresent() || inputOver, FOREVER);
    for (var seen = new AtomicInteger(arrived);
        await(() -> closed.isPresent() || arrived != seen.get(), quiet) && closed.isEmpty(); ) {
      seen.set(arrived);
    }
    failIfLost();
  }

  private void failIfLost() throws Failure {
    if (closed.isPresent() && closed.get().code() != NORMAL) {
      throw new Failure(describe(closed.get()));
    }
  }

  /**
   * Waits until the condition holds. Returns false if the time has passed before. The caller holds
   * the lock of this object, which guards all fields that conditions read.
   */
  private boolean await(BooleanSupplier condition, Duration time) throws InterruptedException {
    var end = System.nanoTime() + time.toNanos();
    while (!condition.getAsBoolean()) {
      var remaining = end - System.nanoTime();
      if (remaining <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(remaining, 1_000_000));
    }
    return true;
  }

  private void read(LhttpClient client, BufferedReader input) {
    try {
      var goOn = true;
      while (goOn) {
        var line = input.readLine();
        goOn = line != null && runLine(client, line);
      }
    } catch (IOException e) {
      err.println("lhttp: the input can't be read: " + e.getMessage());
    }
    synchronized (this) {
      inputOver = true;
      notifyAll();
    }
  }

  /** Runs one line of the input. Returns false if the line ends the conversation. */
  private boolean runLine(LhttpClient client, String line) {
    try {
      switch (TypedLine.of(line)) {
        case TypedLine.Send(var message) -> client.send(message);
        case TypedLine.Subscribe(var channel) ->
            report(subscription(client, channel).ready(), "subscribed to " + channel);
        case TypedLine.Unsubscribe(var channel) -> unsubscribe(channel);
        case TypedLine.Publish(var channel, var message) ->
            report(client.publish(channel, message), "published to " + channel);
        case TypedLine.Help _ -> err.println(TypedLine.HELP);
        case TypedLine.Nothing _ -> {}
        case TypedLine.Quit _ -> {
          return false;
        }
      }
    } catch (RuntimeException e) { // the line is malformed, or the queue is full
      err.println(Printable.of(String.valueOf(e.getMessage()), WORDS));
    }
    return true;
  }

  private Subscription subscription(LhttpClient client, String channel) {
    return subscriptions.computeIfAbsent(
        channel, name -> client.subscribe(name, delivery -> onMessage(client, delivery.message())));
  }

  private void unsubscribe(String channel) {
    Optional.ofNullable(subscriptions.remove(channel))
        .ifPresentOrElse(
            Subscription::unsubscribe, () -> err.println("not subscribed to " + channel));
  }

  private void report(CompletableFuture<Void> answer, String done) {
    var _ =
        answer.whenComplete((_, failed) ->
            err.println(
                Printable.of(failed == null ? done : done + ": " + failed.getMessage(), WORDS)));
  }

  /** Describes a refusal. A body, which a processor may have sent with it, follows in its lines. */
  private static String describe(RequestRefusedException refused) {
    var body = refused.reply().map(reply -> NetworkFailure.lines(reply.body())).orElse("");
    return refused.getMessage() + body;
  }

  private static String describe(Closed closed) {
    var answer = closed.cause().flatMap(NetworkFailure::answer);
    if (answer.isPresent()) {
      return "the server refused the connection: " + answer.get();
    }
    var reason = closed.cause().map(NetworkFailure::reason).orElse(closed.reason());
    return Printable.of(
        closed.code() == ABNORMAL
            ? "no connection: " + reason
            : "the connection is closed: %d %s".formatted(closed.code(), reason).strip(),
        WORDS);
  }

  private static String describe(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + "s" : time.toMillis() + "ms";
  }
}
