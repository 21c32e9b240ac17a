package io.lhttp.filters.presence;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.testing.RecordingConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Several servers agree on the members of a channel; the test moves time and the network by hand.
 */
class PresenceAcrossServersTest {
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Map<String, PresenceRule> RULES =
      Map.of(
          "room:*", new PresenceRule(GRACE, false, 1_000),
          "crowd", new PresenceRule(Duration.ZERO, true, 1_000));

  private final FakeNetwork network = new FakeNetwork();
  private final FakeNetwork.Server one = network.server(RULES);
  private final FakeNetwork.Server other = network.server(RULES);

  @Test
  void joinAndLeave_onOtherServer_areReported() {
    var watcher = watching();
    other.join("mia", "m");
    network.settle();
    assertThat(joined(watcher.takeSent())).containsExactly("mia");

    other.leave("m");
    network.settle();
    assertThat(left(watcher.takeSent())).containsExactly("mia");
  }

  @Test
  void membersBeforeWatch_areCounted() {
    IntStream.range(0, 450).forEach(i -> other.join("user-" + i, "c" + i));
    network.settle();

    var watcher = one.watch("", "w");
    network.settle();

    var last = watcher.takeSent().getLast();
    assertThat(last.header("count")).contains("451");
    assertThat(last.header("complete")).isEmpty();
  }

  @Test
  void reconnect_toOtherServerWithinGrace_reportsNothing() {
    var watcher = watching();
    other.join("mia", "m1");
    network.settle();
    watcher.takeSent();

    other.disconnect("m1");
    network.pass(Duration.ofSeconds(2));
    one.join("mia", "m2");
    network.pass(Duration.ofSeconds(60));

    assertThat(watcher.takeSent()).isEmpty();
    other.join("jon", "j");
    one.leave("m2");
    network.settle();
    assertThat(left(watcher.takeSent())).containsExactly("mia");
  }

  @Test
  void userOnTwoServers_leavesWithLastConnection() {
    var watcher = watching();
    one.join("mia", "m1");
    other.join("mia", "m2");
    network.settle();
    assertThat(joined(watcher.takeSent())).containsExactly("mia");

    one.leave("m1");
    network.settle();
    assertThat(watcher.takeSent()).isEmpty();
    other.leave("m2");
    network.settle();
    assertThat(left(watcher.takeSent())).containsExactly("mia");
  }

  @Test
  void membersOfDeadServer_expire() {
    var watcher = watching();
    other.join("mia", "m");
    other.join("jon", "j");
    network.settle();
    watcher.takeSent();

    other.dead = true;
    network.pass(Duration.ofSeconds(7));
    assertThat(watcher.takeSent()).as("it may only be slow").isEmpty();
    one.join("jon", "j2"); // the same user has reconnected
    network.pass(Duration.ofSeconds(8));

    assertThat(left(watcher.takeSent())).containsExactly("mia");
  }

  @Test
  void membersOfSlowServer_joinAgain() {
    var watcher = watching();
    other.join("mia", "m");
    network.settle();
    watcher.takeSent();

    other.dead = true;
    network.pass(Duration.ofSeconds(20));
    assertThat(left(watcher.takeSent())).containsExactly("mia");
    other.dead = false;
    network.pass(Duration.ofSeconds(10));

    assertThat(joined(watcher.takeSent())).containsExactly("mia");
  }

  @Test
  void brokerOutage_removesNobodyAndConvergesAfterwards() {
    var watcher = watching();
    other.join("mia", "m");
    other.join("jon", "j");
    network.settle();
    watcher.takeSent();

    one.away = true;
    other.away = true;
    network.pass(Duration.ofSeconds(60));
    assertThat(watcher.takeSent()).isEmpty();
    other.leave("j");
    other.join("eve", "e");
    network.pass(Duration.ofSeconds(60));
    var late = one.watch("", "late");
    network.settle();
    assertThat(late.takeSent().getFirst().header("complete")).contains("false");
    watcher.takeSent();

    one.away = false;
    other.away = false;
    network.pass(Duration.ofSeconds(8));
    var told = watcher.takeSent();
    assertThat(joined(told)).containsExactly("eve");
    assertThat(left(told)).containsExactly("jon");
  }

  @Test
  void lostChanges_areRepairedByNextDigest() {
    var watcher = watching();
    other.join("mia", "m");
    network.settle();
    watcher.takeSent();

    one.deaf = true;
    other.join("eve", "e");
    other.leave("m");
    network.pass(Duration.ofSeconds(3));
    one.deaf = false;
    network.pass(Duration.ofSeconds(40));

    var told = watcher.takeSent();
    assertThat(joined(told)).containsExactly("eve");
    assertThat(left(told)).containsExactly("mia");
  }

  @Test
  void lostLeaveOfLastMember_isRepaired() {
    var watcher = watching();
    other.join("mia", "m");
    network.settle();
    watcher.takeSent();

    one.deaf = true;
    other.leave("m");
    network.pass(Duration.ofSeconds(3));
    one.deaf = false;
    network.pass(Duration.ofSeconds(150));

    assertThat(left(watcher.takeSent())).containsExactly("mia");
    other.join("mia", "m");
    network.settle();
    assertThat(joined(watcher.takeSent())).as("at once, by a new roster").containsExactly("mia");
  }

  @Test
  void countOnlyChannel_sumsCountsOfServers() {
    one.join("mia", "m", "crowd");
    other.join("jon", "j", "crowd");
    other.join("eve", "e", "crowd");
    network.settle();
    var watcher = one.join("", "w", "crowd");
    one.presence.afterSubscribing(
        watcher,
        Message.builder("subscribe").header("presence-events", "true").build(),
        List.of("crowd"));
    network.settle();
    assertThat(watcher.takeSent().getLast().header("count")).contains("4");

    other.dead = true;
    network.pass(Duration.ofSeconds(15));
    assertThat(watcher.takeSent().getLast().header("count")).contains("2");
  }

  @Test
  void rapidJoinAndLeave_sendsAtMostOneMessagePerSecond() {
    watching();
    other.join("mia", "m");
    network.settle();
    network.messages = 0;

    for (var i = 0; i < 100; i++) {
      other.join("pest", "p");
      if (i % 2 == 0) {
        other.leave("p");
      }
      network.pass(Duration.ofMillis(250));
    }

    assertThat(network.messages).as("25 seconds, heartbeats included").isLessThan(60);
  }

  @Test
  void rapidChannelChanges_delayNoOtherUser() {
    var watcher = watching();
    other.join("ann", "a");
    network.settle();
    watcher.takeSent();

    var channels = 0;
    for (var tick = 0; tick < 40; tick++) {
      for (var i = 0; i < 2_000; i++, channels++) {
        watch("pest", "p" + channels % 20, "room:" + channels);
        if (channels >= 5_000) { // each member is in 250 channels at a time
          leave("p" + channels % 20, "room:" + (channels - 5_000));
        }
      }
      if (tick == 20) {
        assertThat(joined(watcher.takeSent())).isEmpty();
        other.join("mia", "m");
        other.leave("a");
      }
      network.pass(Duration.ofMillis(250));
      if (tick == 28) {
        var told = watcher.takeSent();
        assertThat(joined(told)).as("within 2 seconds").containsExactly("mia");
        assertThat(left(told)).containsExactly("ann");
      }
    }
    assertThat(gauge("presence_channels")).as("of 80,000").isLessThan(15_000);
    assertThat(gauge("presence_unannounced")).isGreaterThan(60_000);

    network.pass(Duration.ofSeconds(15));
    assertThat(gauge("presence_channels_pending"))
        .as("the pest's last channels are told too")
        .isZero();
    network.pass(Duration.ofMinutes(2));
    assertThat(gauge("presence_channels")).as("which it is in, and ours").isEqualTo(5_001);
  }

  @Test
  void channelLeftBeforeAnnouncement_leavesNoState() {
    network.settle();
    network.messages = 0;
    for (var i = 0; i < 5_000; i++) {
      watch("pest", "p", "room:" + i);
      leave("p", "room:" + i);
    }
    network.pass(Duration.ofMillis(250));

    assertThat(gauge("presence_channels")).isZero();
    assertThat(gauge("presence_channels_pending")).isZero();
    assertThat(network.messages).as("heartbeats").isLessThanOrEqualTo(2);
    assertThat(gauge("presence_unannounced")).isEqualTo(5_000);
  }

  @Test
  void knownMember_leavingAndJoiningRapidly_isReportedGone() {
    var watcher = watching();
    other.join("mia", "m");
    network.settle();
    watcher.takeSent();

    other.leave("m");
    other.join("mia", "m");
    other.leave("m");
    network.settle();

    assertThat(left(watcher.takeSent())).containsExactly("mia");
  }

  @Test
  void quietChannel_sendsFewDigests() {
    watching();
    IntStream.range(0, 500).forEach(i -> other.join("user-" + i, "c" + i));
    network.settle();
    network.messages = 0;

    network.pass(Duration.ofMinutes(2));

    assertThat(network.messages).as("60 heartbeats and 4 digests of each").isBetween(120, 132);
  }

  @Test
  void malformedMessages_areIgnored() {
    var watcher = watching();
    for (var kind : List.of("beat", "ask", "digest", "changes", "state", "what")) {
      for (var number : List.of("-1", "x", "99999999999999999999", "7")) {
        one.presence.receive(
            FakeNetwork.ROOM,
            Message.builder("presence")
                .header("server", "evil")
                .header("kind", kind)
                .header("version", number)
                .header("count", "0")
                .header("part", "3")
                .header("parts", number)
                .body("a b c d\n% % % %\n\n%zz")
                .build());
      }
    }
    network.settle();

    assertThat(joined(watcher.takeSent())).isEmpty();
  }

  private void watch(String user, String id, String channel) {
    other.presence.afterSubscribing(
        other.join(user, id, channel),
        Message.builder("subscribe").header("presence-events", "true").build(),
        List.of(channel));
  }

  private void leave(String id, String channel) {
    other.broker.left(requireNonNull(other.connections.get(id)), channel, false);
  }

  private double gauge(String name) {
    return other.presence.metrics().stream()
        .filter(measure -> measure.name().equals(name))
        .findFirst()
        .orElseThrow()
        .value();
  }

  private RecordingConnection watching() {
    var watcher = one.watch("", "w");
    network.settle();
    watcher.takeSent();
    return watcher;
  }

  private static List<String> joined(List<Message> messages) {
    return users(messages, "\"joined\":[");
  }

  private static List<String> left(List<Message> messages) {
    return users(messages, "\"left\":[");
  }

  private static List<String> users(List<Message> messages, String list) {
    return messages.stream()
        .map(Message::body)
        .filter(body -> body.contains(list))
        .map(body -> body.substring(body.indexOf(list) + list.length()))
        .map(rest -> rest.substring(0, rest.indexOf(']')))
        .flatMap(rest -> rest.lines().flatMap(line -> List.of(line.split("\\},\\{")).stream()))
        .filter(member -> member.contains("\"user\":\""))
        .map(member -> member.replaceAll(".*\"user\":\"([^\"]*)\".*", "$1"))
        .toList();
  }
}
