package io.lhttp.app.testbench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Handshake;
import io.lhttp.Outcome;
import io.lhttp.Principal;
import io.lhttp.Surroundings;
import io.lhttp.app.assembly.Application;
import io.lhttp.app.assembly.ApplicationLoader;
import io.lhttp.app.code.InstanceFactory;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.channel.Publications;
import io.lhttp.message.Message;
import io.lhttp.scripts.ScriptTests;
import io.lhttp.scripts.testing.ManualTime;
import io.lhttp.testing.RecordingConnection;
import io.lhttp.testing.TestChain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * A new instance of an application for one test of {@code tests/*.test.js}. Messages run through
 * its chain without a socket.
 */
public final class TestBench implements ScriptTests.Bench {
  private static final JsonMapper JSON = new JsonMapper();

  private final ManualTime time = new ManualTime();
  private final TestNetwork network = new TestNetwork();
  private final Application application;
  private final TestChain chain;
  private final Watcher watcher = new Watcher();
  private final Map<String, RecordingConnection> clients = new LinkedHashMap<>();

  /** The number of connections that the test has opened so far. */
  private int connected;

  /** The users of connections, by connection id. */
  private final Map<String, Principal> users = new HashMap<>();

  /** The time up to which the deadlines of connections were checked, in milliseconds since 1970. */
  private long lookedUntil = time.millis();

  public TestBench(Path folder) throws Exception {
    application =
        new ApplicationLoader(folder)
            .scriptHost(scripts -> scripts.eventLoops(1).time(time).http(network))
            .load();
    try {
      var filters = new ArrayList<FilterSpec>();
      filters.add(FilterSpec.of("the test", watcher));
      var surroundings = surroundings();
      application
          .chain()
          .filters()
          .forEach(spec ->
              filters.add(
                  new FilterSpec(
                      spec.name(),
                      spec.fingerprint(),
                      spec.onError(),
                      within(spec.make(), surroundings))));
      var processors =
          application.chain().processors().stream()
              .map(spec ->
                  new ProcessorSpec(
                      spec.command(), spec.fingerprint(), within(spec.make(), surroundings)))
              .toList();
      chain = TestChain.of(new ChainSpec(filters, processors));
    } catch (ChainException e) {
      application.scripts().close();
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  @Override
  public String ask(String what, String argument) throws Exception {
    var json = JSON.readTree(argument);
    var answer =
        switch (what) {
          case "connect" -> connect(json);
          case "send" -> send(client(json.path("id")), message(json.path("message")));
          case "client" -> describe(client(json));
          case "close" -> close(client(json));
          case "now" -> time.millis();
          case "advance" -> advance(json.asLong());
          case "answer" -> network.answer(json);
          case "requests" -> network.requests();
          default -> throw new IllegalArgumentException("unknown: " + what);
        };
    lookAtDeadlines();
    return JSON.writeValueAsString(answer);
  }

  @Override
  public void close() {
    List.copyOf(clients.values()).forEach(this::close);
    chain.close();
    application.scripts().close();
  }

  private String connect(JsonNode who) {
    var id = "client-" + ++connected;
    var headers = new LinkedHashMap<String, List<String>>();
    who.path("headers")
        .properties()
        .forEach(
            e -> headers.put(e.getKey().toLowerCase(Locale.ROOT), List.of(e.getValue().asText())));
    var remote = new InetSocketAddress(InetAddress.getLoopbackAddress(), 49_152);
    var client =
        new RecordingConnection(id, new Handshake(remote, who.path("path").asText("/"), headers));
    if (who.hasNonNull("user")) {
      Map<String, Object> claims =
          who.hasNonNull("claims")
              ? JSON.convertValue(who.path("claims"), new TypeReference<>() {})
              : Map.of();
      var principal = new Principal(who.path("user").asText(), claims);
      users.put(id, principal);
      client.authenticate(principal);
    }
    clients.put(id, client);
    if (!chain.open(client)) {
      client.close(CloseStatus.FAILED);
    }
    return id;
  }

  private Map<String, @Nullable Object> send(RecordingConnection client, Message message) {
    if (!client.open()) {
      throw new IllegalStateException("the server has closed this connection");
    }
    watcher.seen = message;
    var result = chain.send(client, message);
    for (var published : result.published()) {
      for (var subscriber : clients.values()) {
        if (subscriber.channels().contains(published.channel())) {
          subscriber.send(Publications.delivery(published.message(), published.channel()));
        }
      }
    }
    var json = new LinkedHashMap<String, @Nullable Object>();
    json.put("replies", result.replies().stream().map(TestBench::describe).toList());
    json.put(
        "refused",
        result.outcome() instanceof Outcome.Refused refused
            ? Map.of("status", refused.status(), "reason", refused.reason())
            : null);
    json.put(
        "published",
        result.published().stream()
            .map(p -> Map.of("channel", p.channel(), "message", describe(p.message())))
            .toList());
    json.put("message", describe(watcher.seen));
    return json;
  }

  private boolean close(RecordingConnection client) {
    if (clients.remove(client.id()) != null) {
      chain.end(client);
      client.close(CloseStatus.NORMAL);
    }
    return true;
  }

  private long advance(long millis) {
    time.advance(Duration.ofMillis(millis));
    return time.millis();
  }

  /** Closes the connections whose deadline has passed; called after the time may have advanced. */
  private void lookAtDeadlines() {
    var passed = Duration.ofMillis(time.millis() - lookedUntil);
    lookedUntil = time.millis();
    if (passed.isPositive()) {
      List.copyOf(clients.values()).forEach(client -> client.elapse(passed));
    }
  }

  /** Returns a factory that creates the same filter or processor with the test's surroundings. */
  private static <T> Callable<? extends T> within(
      Callable<? extends T> make, Surroundings surroundings) {
    return switch (make) {
      case InstanceFactory<? extends T> factory -> factory.within(surroundings);
      case InstanceFactory.Completed<? extends T> factory -> factory.within(surroundings);
      default -> make;
    };
  }

  /**
   * Returns the surroundings with the test's clock, its network, and the users of its connections.
   */
  private Surroundings surroundings() {
    return new Surroundings(
        time.withZone(ZoneOffset.UTC),
        () -> Duration.ofMillis(time.millis()).toNanos(),
        (delay, task) -> time.later(delay, task),
        Optional.of(network::answer),
        connection -> Optional.ofNullable(users.get(connection.id())));
  }

  private RecordingConnection client(JsonNode id) {
    var client = clients.get(id.asText());
    if (client == null) {
      throw new IllegalStateException("this client has left");
    }
    return client;
  }

  private static Map<String, @Nullable Object> describe(RecordingConnection client) {
    var json = new LinkedHashMap<String, @Nullable Object>();
    json.put("received", client.sent().stream().map(TestBench::describe).toList());
    json.put("channels", client.channels());
    json.put("closed", client.closed().map(CloseStatus::code).orElse(null));
    return json;
  }

  private static Map<String, Object> describe(Message message) {
    return Map.of(
        "command", message.command(),
        "headers", message.headers().stream().map(h -> List.of(h.name(), h.value())).toList(),
        "body", message.body(),
        "base64", Base64.getEncoder().encodeToString(message.bodyBytes()),
        "binary", message.format() == Message.Format.BINARY);
  }

  private static Message message(JsonNode json) {
    var builder = Message.builder(json.path("command").asText());
    json.path("headers")
        .forEach(pair -> builder.header(pair.get(0).asText(), pair.get(1).asText()));
    return json.hasNonNull("base64")
        ? builder
            .body(Base64.getDecoder().decode(json.path("base64").asText().getBytes(UTF_8)))
            .build()
        : builder.body(json.path("body").asText()).build();
  }

  /** The first filter of the chain. It records the final state of a message. */
  private static final class Watcher implements Filter {
    private Message seen = Message.of("none", "");

    @Override
    public Outcome filter(Exchange exchange, Chain rest) throws Exception {
      var outcome = rest.proceed(exchange);
      seen = exchange.request();
      return outcome;
    }
  }
}
