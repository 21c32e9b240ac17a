package io.lhttp.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.LimitedJvm;
import io.lhttp.testing.Eventually;
import io.lhttp.testing.TestClient;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers report over a real NATS which channels are occupied. */
class NatsOccupancyTest {
  @TempDir private Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();

  /** The events of all servers. */
  private final List<String> events = new CopyOnWriteArrayList<>();

  @AfterEach
  void closeAll() throws Exception {
    for (var one : open.reversed()) {
      one.close();
    }
  }

  @Test
  void killedServer_vacatesItsChannelsOnce() throws Exception {
    var nats = keep(NatsServer.start(folder));
    var one = server(nats);
    var other = server(nats);
    var process =
        LimitedJvm.command(1_000, OccupancyProcess.class, nats.uri().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    keep(process::destroyForcibly);
    var lines = process.inputReader();
    var port = lines.readLine();
    assertThat(port).startsWith("listening ");
    Thread.ofVirtual().start(() -> lines.lines().forEach(events::add));

    var doomed = keep(TestClient.connect(URI.create("ws://127.0.0.1:" + port.substring(10) + "/")));
    for (var i = 0; i < 20; i++) {
      doomed.subscribe("room-" + i);
    }
    keep(TestClient.connect(one.server().uri())).subscribe("room-0", "other");
    var last = keep(TestClient.connect(other.server().uri()));
    last.subscribe("room-1");
    Eventually.holds("20 are occupied", () -> states().size() == 20);
    last.unsubscribe("room-1");
    process.destroyForcibly().waitFor();
    Eventually.holds(
        "19 are vacated",
        () -> states().values().stream().filter(line -> line.startsWith("vacated")).count() == 19);

    assertThat(states().get("room-0")).startsWith("occupied");
    // a server that was slow for long enough to be given up repeats channels that are still
    // occupied
    assertThat(events.stream().map(NatsOccupancyTest::withoutVersion).distinct()).hasSize(39);
    assertThat(events.stream().filter(event -> event.startsWith("vacated")))
        .extracting(NatsOccupancyTest::withoutVersion)
        .doesNotHaveDuplicates();
  }

  @Test
  void outageOfNats_losesNoLastState() throws Exception {
    var nats = keep(NatsServer.start(folder));
    var one = server(nats);
    var other = server(nats);
    var mia = keep(TestClient.connect(one.server().uri()));
    mia.subscribe("room-a");
    Eventually.holds("a is occupied", () -> is("room-a", "occupied"));

    nats.kill();
    Eventually.holds("both miss NATS", () -> !one.nats().connected() && !other.nats().connected());
    mia.unsubscribe("room-a");
    keep(TestClient.connect(other.server().uri())).subscribe("room-b");
    nats.restart();

    Eventually.holds("b is occupied", () -> is("room-b", "occupied"));
    Eventually.holds("a is vacated", () -> is("room-a", "vacated"));
  }

  private boolean is(String channel, String state) {
    return states().getOrDefault(channel, "").startsWith(state);
  }

  /** The event of the greatest version of each channel. */
  private Map<String, String> states() {
    var states = new HashMap<String, String>();
    for (var event : events) {
      states.merge(event.split(" ", -1)[1], event, (a, b) -> version(a) > version(b) ? a : b);
    }
    return states;
  }

  private static long version(String event) {
    return Long.parseLong(event.split(" ", -1)[3]);
  }

  private static String withoutVersion(String event) {
    return event.substring(0, event.lastIndexOf(' '));
  }

  private OccupancyProcess.Running server(NatsServer nats) throws Exception {
    var running =
        OccupancyProcess.start(nats.uri(), event -> events.add(OccupancyProcess.line(event)));
    keep(running.broker());
    keep(running.server());
    return running;
  }

  private <T extends AutoCloseable> T keep(T one) {
    open.add(one);
    return one;
  }
}
