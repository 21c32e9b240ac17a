package io.lhttp.filters.occupancy;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.filters.occupancy.Cluster.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Servers report each occupation once, and never lose the last state; with a virtual clock. */
class OccupancyStateTest {
  private static final String ROOM = "room";
  private static final Duration SETTLED = Duration.ofSeconds(12);

  private final Cluster cluster = new Cluster(7);

  private List<Node> settled(int count) {
    var nodes = new ArrayList<Node>();
    for (var i = 0; i < count; i++) {
      nodes.add(cluster.start());
    }
    cluster.pass(SETTLED);
    return nodes;
  }

  private void pass(int seconds) {
    cluster.pass(Duration.ofSeconds(seconds));
  }

  @Test
  void firstAndLastSubscriberOfAllServers_areReportedOnce() {
    var nodes = settled(3);
    nodes.get(0).join(ROOM);
    pass(3);
    assertThat(cluster.story(ROOM)).isEqualTo("+id1");
    nodes.get(1).join(ROOM);
    nodes.get(0).leave(ROOM);
    pass(5);
    assertThat(cluster.story(ROOM)).isEqualTo("+id1");
    nodes.get(1).leave(ROOM);
    pass(3);
    assertThat(cluster.story(ROOM)).isEqualTo("+id1 -id1");
    nodes.get(2).join(ROOM);
    pass(3);
    assertThat(cluster.story(ROOM)).isEqualTo("+id1 -id1 +id2");
  }

  @Test
  void oneServerWithoutOthers_reportsAtOnce() {
    var state = new OccupancyState("a", 10, cluster.clock::nanoTime, cluster.clock, () -> "id");
    state.cover(channel -> channel.equals(ROOM));
    state.opened(ROOM, null);
    state.opened("other", null);

    assertThat(state.tick(false, true).events())
        .extracting(OccupancyEvent::channel)
        .containsExactly(ROOM);
  }

  @Test
  void deathOfServer_vacatesItsChannels() {
    var nodes = settled(3);
    for (var i = 0; i < 30; i++) {
      nodes.get(0).join("room-" + i);
    }
    nodes.get(1).join("room-0");
    pass(5);
    cluster.kill(nodes.get(0));
    pass(20);

    assertThat(cluster.heard()).containsExactly("room-0");
    assertThat(cluster.story("room-0")).matches("\\+id\\d+");
    for (var i = 1; i < 30; i++) {
      assertThat(cluster.story("room-" + i)).matches("\\+(id\\d+) -\\1");
    }
  }

  @Test
  void endOfServer_vacatesItsChannelsSoon() {
    var nodes = settled(2);
    nodes.get(0).join(ROOM);
    pass(3);
    cluster.stop(nodes.get(0));
    pass(1);

    assertThat(cluster.story(ROOM)).isEqualTo("+id1 -id1");
  }

  /** The owner of each channel dies while it reports. */
  @Test
  void deathDuringReport_isReportedAgainByAnother() {
    var nodes = settled(3);
    cluster.failures = 100;
    for (var i = 0; i < 30; i++) {
      nodes.get(1).join("room-" + i);
    }
    pass(1);
    cluster.failures = 0;
    cluster.kill(nodes.get(0));
    pass(30);

    assertThat(cluster.heard()).hasSize(30);
  }

  @Test
  void newServer_repeatsNothing() {
    var nodes = settled(2);
    for (var i = 0; i < 30; i++) {
      nodes.get(0).join("room-" + i);
    }
    pass(5);
    cluster.start();
    pass(30);
    cluster.stop(nodes.get(0));
    pass(5);

    for (var i = 0; i < 30; i++) {
      assertThat(cluster.story("room-" + i)).matches("\\+(id\\d+) -\\1");
    }
  }

  @Test
  void backendThatFails_getsTheLastStateLater() {
    var nodes = settled(2);
    cluster.failures = 100;
    nodes.get(0).join(ROOM);
    pass(30);
    nodes.get(0).leave(ROOM);
    pass(3);
    nodes.get(1).join(ROOM);
    pass(3);
    cluster.failures = 0;
    pass(15);

    assertThat(cluster.story(ROOM)).matches("\\+id\\d+");
  }

  @Test
  void serverThatIsCutOff_reportsNothingUntilItIsBack() {
    var nodes = settled(2);
    nodes.get(0).join("a");
    nodes.get(1).join("b");
    pass(3);
    nodes.get(0).away = true;
    nodes.get(0).join("c");
    pass(30);
    assertThat(cluster.story("a")).matches("\\+(id\\d+) -\\1");
    assertThat(cluster.story("c")).isEmpty();
    nodes.get(0).away = false;
    pass(15);

    assertThat(cluster.heard()).containsExactlyInAnyOrder("a", "b", "c");
    assertThat(cluster.seen()).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void twoSides_agreeAfterwards() {
    var nodes = settled(4);
    nodes.get(0).join("a");
    nodes.get(3).join("b");
    pass(3);
    nodes.get(2).side = 1;
    nodes.get(3).side = 1;
    pass(20);
    nodes.get(0).join("both");
    nodes.get(3).join("both");
    pass(5);
    nodes.get(0).leave("both");
    nodes.get(3).leave("b");
    pass(5);
    nodes.forEach(node -> node.side = 0);
    pass(20);

    assertThat(cluster.heard()).containsExactlyInAnyOrder("a", "both");
    assertThat(cluster.seen()).containsExactlyInAnyOrder("a", "both");
  }

  @Test
  void twoClustersThatMeet_agree() {
    var one = cluster.start();
    var other = cluster.start();
    other.side = 1;
    pass(12);
    one.join("a");
    other.join("a");
    pass(3);
    other.leave("a");
    pass(3);
    other.side = 0;
    pass(15);

    assertThat(cluster.seen()).containsExactly("a");
    assertThat(cluster.heard()).containsExactly("a");
  }

  @Test
  void serverThatStoodStill_isHeardAgain() {
    var nodes = settled(3);
    nodes.get(0).join(ROOM);
    pass(3);
    nodes.get(0).still = true;
    pass(15);
    assertThat(cluster.heard()).isEmpty();
    nodes.get(0).still = false;
    pass(15);

    assertThat(cluster.heard()).containsExactly(ROOM);
  }

  @Test
  void channelThatFlaps_isReportedOnceASecondAtMost() {
    var nodes = settled(1);
    for (var i = 0; i < 40; i++) {
      nodes.getFirst().join(ROOM);
      cluster.pass(Cluster.TICK);
      nodes.getFirst().leave(ROOM);
      cluster.pass(Cluster.TICK);
    }

    assertThat(cluster.taken.size()).isBetween(1, 21);
  }

  @Test
  void channelsBeyondTheMost_areNotTracked() {
    var state = new OccupancyState("a", 4, cluster.clock::nanoTime, cluster.clock, () -> "id");
    state.cover(channel -> true);
    for (var i = 0; i < 10; i++) {
      state.opened("room-" + i, null);
    }

    assertThat(state.tick(false, true).events()).hasSize(4);
    assertThat(state.untracked()).isEqualTo(6);
    for (var i = 0; i < 10; i++) {
      state.closed("room-" + i);
    }
    state.opened("room-x", null);
    assertThat(state.untracked()).isEqualTo(6);
  }

  @Test
  void namesThatComeAndGoWhileCutOff_needNoMemory() {
    var nodes = settled(2);
    nodes.get(0).away = true;
    pass(2);
    for (var i = 0; i < 10_000; i++) {
      nodes.get(0).join("room-" + i);
      nodes.get(0).leave("room-" + i);
    }

    assertThat(nodes.get(0).state.waiting()).isZero();
    nodes.get(0).away = false;
    assertThat(nodes.get(0).state.tick(true, true).messages())
        .noneMatch(message -> message instanceof PeerMessage.Change);
  }

  static LongStream seeds() {
    return LongStream.range(1, 41);
  }

  /** Subscribers come and go on servers that start and stop in order, over a slow network. */
  @ParameterizedTest
  @MethodSource("seeds")
  void orderlySchedule_reportsEachOccupationOnce(long seed) {
    var run = new Cluster(seed);
    run.delay = 2;
    for (var i = 0; i < 3; i++) {
      run.start();
    }
    run.pass(SETTLED);
    for (var step = 0; step < 150; step++) {
      step(run);
      if (run.random.nextInt(40) == 0 && run.nodes.size() < 5) {
        run.start();
        run.pass(SETTLED);
      } else if (run.random.nextInt(40) == 0 && run.nodes.size() > 2) {
        run.stop(run.any());
        run.pass(Duration.ofSeconds(3));
      }
      run.pass(Duration.ofMillis(250L * run.random.nextInt(8)));
    }
    run.pass(Duration.ofSeconds(10));

    assertThat(run.heard()).isEqualTo(run.occupied());
    assertOnce(run);
  }

  /** Anything happens: deaths, partitions, halts, lost messages, a backend that fails. */
  @ParameterizedTest
  @MethodSource("seeds")
  void stormySchedule_losesNoLastState(long seed) {
    var run = new Cluster(seed);
    run.delay = 3;
    for (var i = 0; i < 4; i++) {
      run.start();
    }
    run.pass(SETTLED);
    for (var step = 0; step < 200; step++) {
      step(run);
      var node = run.any();
      switch (run.random.nextInt(30)) {
        case 0 -> node.side = run.random.nextInt(2);
        case 1 -> node.away = !node.away;
        case 2 -> node.still = !node.still;
        case 3 -> run.failures = run.random.nextInt(3) * 40;
        case 4 -> run.loss = run.random.nextInt(3) * 15;
        case 5 -> run.nodes.values().forEach(each -> each.side = 0);
        case 6 -> {
          if (run.nodes.size() < 6) {
            run.start();
          }
        }
        case 7 -> {
          if (run.nodes.size() > 2) {
            calm(run); // all servers know of all occupations, as the documentation demands
            run.pass(Duration.ofSeconds(20));
            run.kill(run.any());
          }
        }
        default -> {}
      }
      run.pass(Duration.ofMillis(250L * run.random.nextInt(30)));
    }
    calm(run);
    run.pass(Duration.ofSeconds(90));

    assertThat(run.seen()).isEqualTo(run.occupied());
    assertThat(run.heard()).isEqualTo(run.occupied());
  }

  private static void calm(Cluster run) {
    run.failures = 0;
    run.loss = 0;
    for (var node : run.nodes.values()) {
      node.side = 0;
      node.away = false;
      node.still = false;
    }
  }

  private static void step(Cluster run) {
    for (var i = 0; i < 3; i++) {
      var node = run.any();
      var channel = "room-" + run.random.nextInt(8);
      if (run.random.nextInt(5) < 2) {
        node.join(channel);
      } else {
        node.leave(channel);
      }
    }
  }

  /** Requires that each channel's events alternate, and that each occupation has one of each. */
  private static void assertOnce(Cluster run) {
    var seen = new HashSet<String>();
    for (var event : run.taken) {
      assertThat(seen.add(event.occupation() + event.occupied()))
          .as("%s", run.story(event.channel()))
          .isTrue();
    }
    for (var i = 0; i < 8; i++) {
      assertThat(run.story("room-" + i)).matches("(\\+(id\\d+) -\\2 ?)*(\\+id\\d+)?");
    }
  }
}
