package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Principal;
import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.MemoryBroker;
import io.lhttp.message.Message;
import io.lhttp.testing.ManualClock;
import io.lhttp.testing.RecordingConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One server reports the members of its channels to watchers; the test moves time by hand. */
class PresenceTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration GRACE = Duration.ofSeconds(10);
  private static final String ROOM = "room:a";

  private final ManualClock clock = new ManualClock();
  private final ManualTicker ticker = new ManualTicker();
  private final Presence presence =
      new Presence(
          Map.of(
              "room:*", new PresenceRule(GRACE, false, 1_000),
              "crowd", new PresenceRule(Duration.ZERO, true, 1_000),
              "small", new PresenceRule(Duration.ZERO, false, 2)),
          clock,
          clock::nanoTime,
          ticker);
  private final Broker broker = presence.over(new MemoryBroker());
  private final RecordingConnection watcher = new RecordingConnection("w");

  @BeforeEach
  void start() throws Exception {
    broker.start();
  }

  @Test
  void channelBytes_countChannelsWithPresence() {
    assertThat(broker.channelBytes(ROOM)).isGreaterThan(1_000);
    assertThat(broker.channelBytes("other")).isZero();
  }

  @Test
  void bounds_fitIntoSmallHeap() {
    assertThat(PresenceChannels.most(200_000, 512, 64L << 20)).isEqualTo(6_553);
    assertThat(PresenceChannels.most(200_000, 512, 64L << 30)).isEqualTo(200_000);
  }

  @Test
  void watch_sendsListThenChanges() {
    join("mia", "m");
    watch(ROOM);
    round();
    var list = watcher.takeSent();
    assertThat(list).hasSize(1);
    assertThat(list.getFirst().command()).isEqualTo("presence");
    assertThat(list.getFirst().header("channel")).contains(ROOM);
    assertThat(list.getFirst().header("count")).contains("2");
    assertThat(list.getFirst().body())
        .isEqualTo(
            "{\"members\":[{\"user\":\"mia\",\"connection\":\"m\",\"since\":1767225600000},"
                + "{\"connection\":\"w\",\"since\":1767225600000}]}");

    join("jon", "j");
    broker.left(connection("m", "mia"), ROOM, false);
    round();

    var changes = watcher.takeSent();
    assertThat(changes).hasSize(1);
    assertThat(changes.getFirst().header("count")).contains("2");
    assertThat(changes.getFirst().body())
        .isEqualTo(
            "{\"joined\":[{\"user\":\"jon\",\"connection\":\"j\",\"since\":1767225601000}],"
                + "\"left\":[{\"user\":\"mia\",\"connection\":\"m\",\"since\":1767225600000}]}");
  }

  @Test
  void reconnect_withinGrace_reportsNothing() {
    var mia = join("mia", "m1");
    watching();

    broker.left(mia, ROOM, true);
    pass(GRACE.minus(SECOND));
    join("mia", "m2");
    pass(GRACE.multipliedBy(2));

    assertThat(watcher.takeSent()).isEmpty();
  }

  @Test
  void disconnect_leavesAfterGrace() {
    var mia = join("mia", "m1");
    watching();

    broker.left(mia, ROOM, true);
    pass(GRACE.minus(SECOND));
    assertThat(watcher.takeSent()).isEmpty();
    pass(SECOND.multipliedBy(2));

    assertThat(bodies()).containsExactly(left("mia", "m1"));
  }

  @Test
  void reconnect_freesGraceForOtherUsers() {
    watching();
    for (var i = 0; i <= 100_000; i++) {
      broker.left(join("pest", "p"), ROOM, true);
    }

    broker.left(join("mia", "m"), ROOM, true);
    join("mia", "m2");
    round();

    assertThat(gauge("presence_members_without_grace")).isZero();
    assertThat(bodies().getFirst()).contains("pest", "mia").contains("\"left\":[]");
  }

  @Test
  void userLosingAllConnections_leavesOnceAfterGrace() {
    var first = join("mia", "m1");
    var second = join("mia", "m2");
    watching();

    broker.left(first, ROOM, true);
    broker.left(second, ROOM, true);
    pass(GRACE.minus(SECOND));
    assertThat(watcher.takeSent()).isEmpty();
    pass(SECOND.multipliedBy(2));

    assertThat(bodies()).hasSize(1);
  }

  @Test
  void unsubscribe_leavesAtOnce() {
    var mia = join("mia", "m1");
    watching();

    broker.left(mia, ROOM, false);
    round();

    assertThat(bodies()).containsExactly(left("mia", "m1"));
  }

  @Test
  void userWithTwoConnections_leavesWithLast() {
    var first = join("mia", "m1");
    watching();
    var second = join("mia", "m2");
    round();
    broker.left(first, ROOM, false);
    round();
    assertThat(watcher.takeSent()).isEmpty();
    watch(ROOM);
    round();
    assertThat(bodies().getFirst())
        .as("by the connection that is left")
        .contains("\"connection\":\"m2\"")
        .doesNotContain("m1");

    broker.left(second, ROOM, false);
    round();
    assertThat(bodies().getFirst()).contains("\"left\":[{\"user\":\"mia\"");
  }

  @Test
  void leave_afterReconnect_namesAnnouncedConnection() {
    watching();
    var first = anonymous("c1", "tab");
    round();
    assertThat(bodies().getFirst()).contains("\"joined\":[{\"connection\":\"c1\"");

    broker.left(first, ROOM, true);
    pass(SECOND);
    var second = anonymous("c2", "tab");
    broker.left(second, ROOM, false);
    var third = anonymous("c3", "tab");
    pass(SECOND);
    broker.left(third, ROOM, true);
    pass(GRACE.multipliedBy(2));

    assertThat(bodies()).hasSize(1).first().asString().contains("\"left\":[{\"connection\":\"c1\"");
  }

  @Test
  void anonymousWithSameSession_isSameMember() {
    var before = anonymous("c1", "s-1");
    watching();

    broker.left(before, ROOM, true);
    anonymous("c2", "s-1");
    pass(GRACE.multipliedBy(2));
    assertThat(watcher.takeSent()).isEmpty();
    watch(ROOM);
    round();
    assertThat(bodies().getFirst()).as("which is nobody else's business").doesNotContain("s-1");

    anonymous("c3", "s-2");
    round();
    assertThat(bodies().getFirst()).contains("\"joined\":[{\"connection\":\"c3\"");
  }

  @Test
  void sessionEqualToUserName_isAnotherMember() {
    join("mia", "m");
    watching();
    anonymous("c", "mia");
    round();

    assertThat(bodies().getFirst()).contains("\"joined\":[{\"connection\":\"c\"");
    assertThatThrownBy(() -> anonymous("d", "a b")).isInstanceOf(RefusedException.class);
  }

  @Test
  void lateAuthentication_replacesAnonymousMember() {
    var connection = join("", "c");
    watching();

    connection.authenticate(new Principal("mia", Map.of()));
    broker.joined(connection, ROOM);
    round();

    assertThat(bodies().getFirst())
        .contains("\"joined\":[{\"user\":\"mia\",\"connection\":\"c\"")
        .contains("\"left\":[{\"connection\":\"c\"");
  }

  @Test
  void rapidJoinAndLeave_isReportedOncePerSecond() {
    watching();
    for (var i = 0; i < 4_000; i++) {
      broker.left(join("pest", "p"), ROOM, false);
      if (i % 10 == 0) {
        join("pest", "p");
      }
      if (i % 100 == 99) {
        clock.advance(Duration.ofMillis(250));
        ticker.tick();
      }
    }

    assertThat(watcher.takeSent()).hasSizeLessThanOrEqualTo(11);
  }

  @Test
  void joinAndLeave_withinOneRound_reportsNothing() {
    watching();

    broker.left(join("pest", "p"), ROOM, false);
    round();

    assertThat(watcher.takeSent()).isEmpty();
  }

  @Test
  void manyChanges_areSentAsList() {
    watching();
    IntStream.range(0, 500).forEach(i -> join("user-" + i, "c" + i));
    round();

    var message = watcher.takeSent().getFirst();
    assertThat(message.header("count")).contains("501");
    assertThat(message.body()).startsWith("{\"members\":[");
    assertThat(message.body().split("connection", -1)).hasSize(101);
  }

  @Test
  void membersBeyondNameLimit_areCountedOnly() {
    var connections = IntStream.range(0, 5).mapToObj(i -> join("u" + i, "c" + i, "small")).toList();
    watcher.takeSent();
    broker.joined(watcher, "small");
    watch("small");
    round();
    var list = watcher.takeSent().getFirst();
    assertThat(list.header("count")).contains("6");
    assertThat(list.body()).contains("u0", "u1").doesNotContain("u2");

    connections.forEach(connection -> broker.left(connection, "small", false));
    round();
    assertThat(watcher.takeSent().getFirst().header("count")).contains("1");
  }

  @Test
  void countOnlyChannel_sendsCountWithoutBody() {
    join("mia", "m", "crowd");
    broker.joined(watcher, "crowd");
    watch("crowd");
    round();
    join("jon", "j", "crowd");
    round();

    var messages = watcher.takeSent();
    assertThat(messages).extracting(m -> m.header("count").orElseThrow()).containsExactly("2", "3");
    assertThat(messages).allMatch(message -> message.body().isEmpty());
  }

  @Test
  void userName_withJsonSyntax_isEscaped() {
    watching();
    join("\"},{\"user\":\"root\\\n<script>\u2028\uD800", "x");
    round();

    assertThat(bodies().getFirst())
        .contains(
            "{\"user\":\"\\\"},{\\\"user\\\":\\\"root\\\\\\n\\u003Cscript\\u003E\\u2028\\uD800\",");
  }

  @Test
  void emptyChannel_leavesNoState() {
    var mia = join("mia", "m");
    var jon = join("jon", "j", "crowd");
    round();
    assertThat(gauge("presence_channels")).isEqualTo(2);

    broker.left(mia, ROOM, true);
    broker.left(jon, "crowd", true);
    pass(GRACE.plus(SECOND).plus(SECOND));

    assertThat(gauge("presence_channels")).isZero();
    assertThat(gauge("presence_members_named")).isZero();
  }

  @Test
  void channelWithoutRule_keepsNoState() {
    join("mia", "m", "plain");

    assertThat(gauge("presence_channels")).isZero();
  }

  private double gauge(String name) {
    return presence.metrics().stream()
        .filter(measure -> measure.name().equals(name))
        .findFirst()
        .orElseThrow()
        .value();
  }

  private void watching() {
    watch(ROOM);
    round();
    watcher.takeSent();
  }

  private void watch(String channel) {
    broker.joined(watcher, channel);
    presence.afterSubscribing(
        watcher,
        Message.builder("subscribe").header("presence-events", "true").build(),
        List.of(channel));
  }

  private RecordingConnection join(String user, String id) {
    return join(user, id, ROOM);
  }

  private RecordingConnection join(String user, String id, String channel) {
    var connection = connection(id, user);
    broker.joined(connection, channel);
    return connection;
  }

  private RecordingConnection anonymous(String id, String session) {
    var connection = new RecordingConnection(id);
    presence.beforeSubscribing(
        connection, Message.builder("subscribe").header("presence-session", session).build());
    broker.joined(connection, ROOM);
    return connection;
  }

  private static RecordingConnection connection(String id, String user) {
    var connection = new RecordingConnection(id);
    if (!user.isEmpty()) {
      connection.authenticate(new Principal(user, Map.of()));
    }
    return connection;
  }

  private void round() {
    pass(SECOND);
  }

  private void pass(Duration time) {
    for (var left = time.toMillis(); left > 0; left -= 250) {
      clock.advance(Duration.ofMillis(250));
      ticker.tick();
    }
  }

  private List<String> bodies() {
    return watcher.takeSent().stream().map(Message::body).toList();
  }

  private static String left(String user, String connection) {
    return "{\"joined\":[],\"left\":[{\"user\":\"%s\",\"connection\":\"%s\",\"since\":1767225600000}]}"
        .formatted(user, connection);
  }
}
