package io.lhttp.app.upgrade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lhttp.app.FolderFixture;
import io.lhttp.app.Processes;
import io.lhttp.fixture.Ports;
import io.lhttp.message.Message;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A server of the last state and one of this state share a cluster, as during an upgrade. */
class UpgradeTest extends FolderFixture {
  private static final Path HOME = Path.of(System.getProperty("lhttp.home", ".."));
  private static final int MESSAGES = 1_000;

  private final Processes processes = new Processes();

  @AfterEach
  void end() {
    processes.close();
  }

  @SuppressWarnings("try") // the old client leaves before the test ends
  @Test
  void serversOfBothStates_underLoad_loseNothingInEitherDirection() throws Exception {
    var nats = startNats();
    var previous = PreviousServer.of(HOME, HOME.resolve("server/target/previous"));
    assumeTrue(previous.isPresent(), PreviousServer.missing());
    write(
        "lhttp.yaml",
        """
        broker: { nats: { servers: ["nats://127.0.0.1:%d"] } }
        history: { "log:*": { messages: 10000, bytes: 16MiB } }
        limits: { queue-bytes: 64MiB }
        chain: [pubsub, multipart]
        """
            .formatted(nats));
    var before = Processes.listening(serve(previous.get()));
    var now = Processes.listening(processes.serve(folder));

    try (var oldClient = TestClient.connect(before);
        var newClient = TestClient.connect(now)) {
      for (var client : List.of(oldClient, newClient)) {
        client.subscribe("room", "log:a");
      }
      load(before, now);

      for (var client : List.of(oldClient, newClient)) {
        assertComplete(published(client, "old-|new-", 4 * MESSAGES));
      }
      var position = lastPosition(now);
      assertThat(lastPosition(before)).isEqualTo(position);

      // an upgrade goes on: the old server leaves, and its client continues at the new one
      oldClient.close();
      publish(now, "log:a", "after", 3);
      try (var moved = TestClient.connect(now)) {
        moved.send(
            Message.builder("join").header("subscribe", "log:a").header("since", position).build());
        assertThat(published(moved, "after", 3))
            .extracting(Message::body)
            .containsExactly("0", "1", "2");
      }
      // a rollback: a client of the new server continues at the old one
      try (var back = TestClient.connect(before)) {
        back.send(
            Message.builder("join").header("subscribe", "log:a").header("since", position).build());
        assertThat(published(back, "after", 3))
            .extracting(Message::body)
            .containsExactly("0", "1", "2");
      }
    }
  }

  @Test
  void presence_ofBothStates_isOneList() throws Exception {
    var nats = startNats();
    var previous = PreviousServer.of(HOME, HOME.resolve("server/target/previous"));
    assumeTrue(previous.isPresent(), PreviousServer.missing());
    write(
        "lhttp.yaml",
        """
        broker: { nats: { servers: ["nats://127.0.0.1:%d"] } }
        presence: { "who:*": {} }
        chain: [pubsub]
        """
            .formatted(nats));
    var before = Processes.listening(serve(previous.get()));
    var now = Processes.listening(processes.serve(folder));

    try (var oldClient = TestClient.connect(before);
        var newClient = TestClient.connect(now)) {
      oldClient.subscribe("who:a");
      newClient.subscribe("who:a");

      for (var client : List.of(oldClient, newClient)) {
        Eventually.holds("both servers' clients are members", () -> members(client) == 2);
      }
    }
  }

  private static long members(TestClient client) {
    var answer = client.request(Message.builder("presence").header("channel", "who:a").build());
    return answer.header("count").map(Long::parseLong).orElse(0L);
  }

  /** Each server publishes to both channels at once, at full speed. */
  private static void load(URI before, URI now) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var all = new ArrayList<Future<?>>();
      for (var channel : List.of("room", "log:a")) {
        all.add(threads.submit(() -> publish(before, channel, "old-" + plain(channel), MESSAGES)));
        all.add(threads.submit(() -> publish(now, channel, "new-" + plain(channel), MESSAGES)));
      }
      for (var one : all) {
        one.get();
      }
    }
  }

  /** Returns the next publications whose command begins so, without replies to subscriptions. */
  private static List<Message> published(TestClient client, String beginnings, int count) {
    var messages = new ArrayList<Message>(count);
    while (messages.size() < count) {
      var message = client.receive();
      if (message.command().matches("(" + beginnings + ").*")) {
        messages.add(message);
      }
    }
    return messages;
  }

  private static String plain(String channel) {
    return channel.replace(':', '-');
  }

  private static void publish(URI server, String channel, String command, int count) {
    try (var client = TestClient.connect(server)) {
      for (var i = 0; i < count; i++) {
        client.send(
            Message.builder(command).header("publish", channel).body(Integer.toString(i)).build());
        if (i % 100 == 99 || i == count - 1) { // keeps the publisher's own queue short
          client.request(
              Message.builder("sync").header("id", "s" + i).header("ack", "true").build());
        }
      }
    }
  }

  private static void assertComplete(List<Message> received) {
    var byCommand = new TreeMap<String, List<String>>();
    for (var message : received) {
      assertThat(message.header("missed")).as("nothing is missed").isEmpty();
      byCommand.computeIfAbsent(message.command(), _ -> new ArrayList<>()).add(message.body());
    }
    var expected = IntStream.range(0, MESSAGES).mapToObj(Integer::toString).toList();
    assertThat(byCommand).containsOnlyKeys("old-room", "new-room", "old-log-a", "new-log-a");
    assertThat(byCommand.values()).allSatisfy(bodies -> assertThat(bodies).isEqualTo(expected));
  }

  private static String lastPosition(URI server) {
    try (var client = TestClient.connect(server)) {
      client.send(Message.builder("join").header("subscribe", "log:a").header("last", "1").build());
      return published(client, "old-|new-", 1).getFirst().header("position").orElseThrow();
    }
  }

  private Process serve(PreviousServer previous) throws IOException {
    var command = new ArrayList<>(Processes.command(List.of()));
    command.set(command.indexOf("-cp") + 1, previous.classPath());
    command.addAll(
        List.of("serve", folder.toString(), "--port", "0", "--set", "admin=127.0.0.1:0"));
    return processes.start(new ProcessBuilder(command));
  }

  private int startNats() throws IOException {
    var program =
        Stream.of("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin")
            .map(place -> Path.of(place, "nats-server"))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(program.isPresent(), "missing program: nats-server");
    var port = Ports.free();
    var log = folder.resolve("nats.log");
    processes.start(
        new ProcessBuilder(
                program.get().toString(),
                "-a",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-js",
                "-sd",
                folder.resolve("nats").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile()));
    Eventually.holds(
        "nats-server is ready",
        () -> {
          try {
            return Files.readString(log).contains("Server is ready");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return port;
  }
}
