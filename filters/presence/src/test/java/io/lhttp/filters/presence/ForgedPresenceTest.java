package io.lhttp.filters.presence;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.testing.RecordingConnection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Presence messages that a client of NATS forges neither stop, overflow nor corrupt the counts of
 * members.
 */
class ForgedPresenceTest {
  private static final Map<String, PresenceRule> RULES = Map.of("room:*", PresenceRule.DEFAULT);

  private final FakeNetwork network = new FakeNetwork();
  private final FakeNetwork.Server one = network.server(RULES);
  private final FakeNetwork.Server other = network.server(RULES);
  private RecordingConnection watcher;

  @BeforeEach
  void watch() {
    watcher = one.watch("mia", "m");
    other.join("jack", "j");
    network.settle();
    watcher.takeSent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2147483648",
        "4294967295",
        "999999999999999999",
        "9223372036854775807",
        "99999999999999999999",
        "-1",
        "-2147483648",
        "+5",
        "\u0665",
        "1e9",
        ""
      })
  void forgedCount_malformed_isIgnored(String count) {
    forge("digest", "evil", "7", count);
    forge("changes", "evil", "7", count);
    forge("state", "evil", "7", count);
    network.settle();

    assertThat(watcher.takeSent()).isEmpty();
    other.join("ann", "a");
    network.settle();
    assertThat(counts()).containsExactly("3");
  }

  @Test
  void forgedCounts_overIntRange_areCapped() {
    for (var i = 0; i < 40; i++) {
      forge("digest", "evil" + i, "7", "100000000");
      forge("changes", "evil" + i, "8", "100000000");
    }
    network.pass(Duration.ofSeconds(2));

    assertThat(counts().getLast()).isEqualTo(Integer.toString(Integer.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"999999999999999999", "9999999999999", "0"})
  void forgedVersion_isCorrectedByNextChange(String version) {
    var server = other.presence;
    other.join("ann", "a");
    network.settle();
    watcher.takeSent();

    forge("changes", name(server), version, "0");
    network.settle();
    other.join("eve", "e");
    network.settle();

    assertThat(counts().getLast()).isEqualTo("4");
  }

  @Test
  void forgedServers_expireAndAdmitNewServer() {
    for (var i = 0; i < 2_000; i++) {
      forge("beat", "evil" + i, "1", "0");
    }
    network.pass(Duration.ofSeconds(12));
    watcher.takeSent();
    var late = network.server(RULES);
    late.join("ann", "a");
    network.settle();

    assertThat(counts()).containsExactly("3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "7", "999999999999999999"})
  void messageOfLaterWireVersion_isIgnoredAndCounted(String version) {
    one.presence.receive(
        FakeNetwork.ROOM,
        Message.builder("presence")
            .header("wire", version)
            .header("server", "later")
            .header("kind", "digest")
            .header("version", "7")
            .header("count", "9")
            .build());
    network.settle();

    assertThat(watcher.takeSent()).isEmpty();
    assertThat(measure("presence_unsupported_version")).isEqualTo(1);
    assertThat(measure("presence_malformed")).isZero();
  }

  private double measure(String name) {
    return one.presence.metrics().stream()
        .filter(m -> m.name().equals(name))
        .mapToDouble(m -> m.value())
        .sum();
  }

  /** Returns the name by which other servers know this server. */
  private String name(Presence server) {
    return server.name();
  }

  private void forge(String kind, String server, String version, String count) {
    one.presence.receive(
        FakeNetwork.ROOM,
        Message.builder("presence")
            .header("server", server)
            .header("kind", kind)
            .header("version", version)
            .header("first", "true")
            .header("count", count)
            .header("part", "0")
            .header("parts", "1")
            .build());
  }

  private List<String> counts() {
    return watcher.takeSent().stream().map(m -> m.header("count").orElse("-")).toList();
  }
}
