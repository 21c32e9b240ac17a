package io.lhttp.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.client.internal.transport.Environment;
import io.lhttp.message.Message;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs the steps of one scenario of {@code clients/scenarios/scenarios.txt}, where the steps are
 * explained. All code runs on the test's thread, with a clock, an executor and a transport of the
 * scenario.
 */
public final class Scenario {
  private record Joined(String channel, Subscription subscription, CompletableFuture<Void> ready) {}

  private final ManualTimer timer = new ManualTimer();
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private final List<FakeTransport> transports = new ArrayList<>();
  private final ArrayDeque<String> reported = new ArrayDeque<>();
  private final List<Joined> joined = new ArrayList<>();
  private final Map<Subscription, CompletableFuture<Void>> left = new LinkedHashMap<>();
  private final LhttpClient client;

  /**
   * The transport whose messages the scenario looked at last, and the number of messages that it
   * has seen.
   */
  private @Nullable FakeTransport seen;

  private int looked;

  public Scenario(Map<String, String> options) {
    var builder = LhttpClient.builder(URI.create("ws://server/")).listener(new Teller());
    builder.executor(tasks::add);
    options.forEach((name, value) -> option(builder, name, value));
    var environment =
        new Environment(
            timer,
            new Half(),
            (uri, unused, token, owner) -> {
              var transport = new FakeTransport(token, owner);
              transports.add(transport);
              return transport;
            });
    client = LhttpClient.connect(builder.options(), environment);
    runTasks();
  }

  private static void option(LhttpClient.Builder builder, String name, String value) {
    switch (name) {
      case "reconnect" -> builder.reconnect(Boolean.parseBoolean(value));
      case "fixed-token" -> builder.token(value);
      case "token" -> {
        var tokens = new ArrayDeque<>(Arrays.asList(value.split(",")));
        builder.token(unused -> {
          var next = tokens.remove();
          if (next.equals("!")) {
            throw new IllegalStateException("no token can be had");
          }
          return next.equals("-") ? "" : next;
        });
      }
      default -> throw new IllegalArgumentException("unknown option: " + name);
    }
  }

  public void run(String line) {
    var words = List.of(line.split(" "));
    var rest = words.subList(1, words.size());
    switch (words.get(0)) {
      case "app" -> app(rest);
      case "server" -> server(rest, line);
      case "time" -> time(Long.parseLong(rest.get(0)));
      case "state" -> assertThat(client.state()).hasToString(rest.get(0).toUpperCase(Locale.ROOT));
      case "attempts" -> assertThat(transports).hasSize(Integer.parseInt(rest.get(0)));
      case "shown" -> assertThat(transport().token().orElse("-")).isEqualTo(rest.get(0));
      case "sent" -> sent(rest);
      case "reported" ->
          assertThat(reported.poll()).isEqualTo(line.substring("reported ".length()));
      case "ready" -> assertThat(ready(rest.get(0))).isEqualTo(text(rest, 1));
      case "left" -> assertThat(left(rest.get(0))).isEqualTo(rest.get(1));
      case "nothing" -> nothing();
      default -> throw new IllegalArgumentException("unknown step: " + line);
    }
    runTasks();
  }

  public void end() {
    client.close();
  }

  private void app(List<String> words) {
    switch (words.get(0)) {
      case "subscribe" -> subscribe(words.get(1), pairs(words.subList(2, words.size()), '='));
      case "unsubscribe" -> {
        var first =
            joined.stream()
                .filter(one -> one.channel.equals(words.get(1)))
                .map(Joined::subscription)
                .filter(one -> !left.containsKey(one))
                .findFirst()
                .orElseThrow();
        left.put(first, first.unsubscribe());
      }
      case "send" -> client.send(Message.of(words.get(1), ""));
      case "close" -> client.close();
      default -> throw new IllegalArgumentException("unknown step: app " + words);
    }
  }

  private void subscribe(String channel, Map<String, String> given) {
    var options = SubscribeOptions.NONE;
    if (given.containsKey("since")) {
      options = options.withSince(given.get("since"));
    }
    if (given.containsKey("last")) {
      options = options.withLast(Integer.parseInt(given.get("last")));
    }
    if (given.containsKey("presence")) {
      options = options.withPresence(present -> reported.add(reported(channel, present)));
    }
    var subscription =
        client.subscribe(
            channel,
            options,
            delivery ->
                reported.add("delivery %s %s".formatted(channel, delivery.message().body())));
    joined.add(new Joined(channel, subscription, subscription.ready()));
  }

  private void server(List<String> words, String line) {
    switch (words.get(0)) {
      case "open" -> transport().opened();
      case "fail" -> transport().end(1006, "");
      case "close" -> transport().end(Integer.parseInt(words.get(1)), text(words, 2));
      case "send" -> transport().receive(message(words.get(1), Optional.empty(), line));
      case "reply" -> {
        var named = words.get(1).split("@", 2);
        var asked =
            transport().sent().stream().filter(one -> one.command().equals(named[0])).toList();
        var request =
            named.length > 1
                ? asked.get(Integer.parseInt(named[1]) - 1)
                : asked.get(asked.size() - 1);
        transport().receive(message(named[0], request.header("id"), line));
      }
      default -> throw new IllegalArgumentException("unknown step: " + line);
    }
  }

  /** Parses the message of a step {@code server VERB COMMAND NAME:VALUE ... | BODY}. */
  private static Message message(String command, Optional<String> id, String line) {
    var bar = line.indexOf(" | ");
    var head = List.of((bar < 0 ? line : line.substring(0, bar)).split(" "));
    var message = Message.builder(command);
    id.ifPresent(value -> message.header("id", value));
    pairs(head.subList(3, head.size()), ':').forEach(message::header);
    return message.body(bar < 0 ? "" : line.substring(bar + " | ".length())).build();
  }

  /**
   * Advances the time millisecond by millisecond. Tasks of a timer run before the next timer, as in
   * the other client.
   */
  private void time(long millis) {
    for (var i = 0L; i < millis; i++) {
      timer.advance(Duration.ofMillis(1));
      runTasks();
    }
  }

  private void sent(List<String> words) {
    var message = nextSent().orElseThrow(() -> new AssertionError("nothing more was sent"));
    assertThat(message.command()).isEqualTo(words.get(0));
    for (var word : words.subList(1, words.size())) {
      if (word.startsWith("!")) {
        assertThat(message.header(word.substring(1))).as(word).isEmpty();
      } else {
        pairs(List.of(word), ':')
            .forEach((name, value) -> assertThat(message.header(name)).as(word).contains(value));
      }
    }
  }

  private Optional<Message> nextSent() {
    var now = transports.isEmpty() ? null : transport();
    if (now != seen) {
      if (seen != null) {
        assertThat(seen.sent()).as("on the transport before").hasSize(looked);
      }
      seen = now;
      looked = 0;
    }
    return now == null || now.sent().size() == looked
        ? Optional.empty()
        : Optional.of(now.sent().get(looked++));
  }

  private String ready(String channel) {
    var ready =
        joined.stream().filter(one -> one.channel.equals(channel)).findFirst().orElseThrow().ready;
    if (!ready.isDone()) {
      return "pending";
    }
    if (ready.isCancelled()) {
      return "unsubscribed";
    }
    if (!ready.isCompletedExceptionally()) {
      return "done";
    }
    var why = ready.handle((value, thrown) -> thrown).join();
    var cause = why instanceof CompletionException ? Objects.requireNonNull(why.getCause()) : why;
    if (cause instanceof RequestRefusedException refused) {
      return "refused " + refused.status();
    }
    if (cause instanceof ConnectionClosedException closed) {
      return "closed " + closed.closed().code();
    }
    return cause instanceof CancellationException ? "unsubscribed" : cause.toString();
  }

  private String left(String channel) {
    var first =
        left.entrySet().stream()
            .filter(one -> one.getKey().channel().equals(channel))
            .findFirst()
            .orElseThrow();
    return first.getValue().isDone() ? "done" : "pending";
  }

  private void nothing() {
    assertThat(reported).isEmpty();
    assertThat(nextSent()).isEmpty();
  }

  private FakeTransport transport() {
    return transports.get(transports.size() - 1);
  }

  private void runTasks() {
    for (var task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  /** Parses words of the form NAME:VALUE or NAME=VALUE, in which %20 stands for a space. */
  public static Map<String, String> pairs(List<String> words, char separator) {
    var pairs = new LinkedHashMap<String, String>();
    for (var word : words) {
      var at = word.indexOf(separator);
      pairs.put(
          at < 0 ? word : word.substring(0, at),
          at < 0 ? "" : word.substring(at + 1).replace("%20", " "));
    }
    return pairs;
  }

  private static String text(List<String> words, int from) {
    return String.join(" ", words.subList(from, words.size()));
  }

  private static String reported(String channel, Present present) {
    return "presence %s %d %s %s %s%s"
        .formatted(
            channel,
            present.count(),
            names(present.members()),
            names(present.joined()),
            names(present.left()),
            present.complete() ? "" : " incomplete");
  }

  private static String names(List<Member> members) {
    return members.isEmpty()
        ? "-"
        : members.stream()
            .map(member -> member.user().orElse(member.connection()))
            .collect(Collectors.joining(","));
  }

  /** Records each callback in the words of the steps. */
  private final class Teller implements Listener {
    @Override
    public void onOpen(LhttpClient client) {
      reported.add("open");
    }

    @Override
    public void onMessage(LhttpClient client, Message message) {
      reported.add("message " + message.command());
    }

    @Override
    public void onGap(LhttpClient client, Gap gap) {
      var missed = gap.missed().isPresent() ? Long.toString(gap.missed().getAsLong()) : "?";
      gap.channels().forEach(channel -> reported.add("gap %s %s".formatted(channel, missed)));
    }

    @Override
    public void onClose(LhttpClient client, Closed closed) {
      var next = closed.retryIn().map(pause -> Long.toString(pause.toMillis())).orElse("never");
      reported.add("close %d %s".formatted(closed.code(), next));
    }

    @Override
    public void onError(LhttpClient client, Throwable error) {
      reported.add(
          error instanceof RequestRefusedException refused
              ? "refused " + refused.status()
              : "error");
    }

    @Override
    public void onSubscriptionLost(
        LhttpClient client, Subscription subscription, RequestRefusedException refusal) {
      reported.add("refused " + refusal.status());
    }
  }

  /** Random numbers that always lie in the middle. */
  private static final class Half implements RandomGenerator {
    @Override
    public long nextLong() {
      return 0;
    }

    @Override
    public long nextLong(long bound) {
      return bound / 2;
    }
  }
}
