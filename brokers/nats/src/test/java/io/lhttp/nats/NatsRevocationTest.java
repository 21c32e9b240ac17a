package io.lhttp.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.nats.NatsSettings.WhenAway;
import io.lhttp.nats.internal.link.Subjects;
import io.lhttp.revocation.Revocation;
import io.lhttp.revocation.Revocation.Kind;
import io.lhttp.revocation.RevocationStore;
import io.lhttp.revocation.Revocations;
import io.lhttp.revocation.Revocations.Bounds;
import io.lhttp.revocation.Verdict;
import io.lhttp.testing.Eventually;
import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.StorageType;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NATS' key-value store obeys the rules of each store, and several servers share one list. */
class NatsRevocationTest extends RevocationContract {
  private static final String PREFIX = "lhttp.";
  private static final String BUCKET = Subjects.bucket(PREFIX);

  @TempDir private Path folder;

  private final NatsCluster cluster = new NatsCluster();
  private NatsServer nats;

  @BeforeEach
  void start() throws Exception {
    nats = cluster.start(folder, "-js");
  }

  @AfterEach
  void close() throws Exception {
    closeLists();
    cluster.close();
  }

  @Override
  RevocationStore store() {
    return store(nats.uri());
  }

  private RevocationStore store(URI uri) {
    return cluster
        .broker(TestSettings.of(uri, PREFIX, WhenAway.REFUSE, true, TestSettings.BUFFER))
        .revocations();
  }

  @Test
  void entry_ofOneServer_refusesOnAnother() throws Exception {
    var one = list();
    var other = list();

    var revision = one.add(Revocation.block("tom", Optional.empty()));

    Eventually.holds("known", () -> other.revision() >= revision);
    assertThat(other.of(token("tom", "1", clock.instant()))).contains(Verdict.BLOCKED);
    assertThat(other.remove(Kind.BLOCK, "tom")).isPresent();
    Eventually.holds("removed", () -> one.entries().isEmpty());
  }

  @Test
  void changesOfOneEntry_onTwoServers_keepTheStrictest() throws Exception {
    var one = list();
    var other = list();
    var now = clock.instant();
    for (var i = 0; i < 20; i++) {
      var early = Revocation.user("tom" + i, now, Optional.empty());
      var late = Revocation.user("tom" + i, now.plusSeconds(1), Optional.of(now.plusSeconds(9)));
      var racing = Thread.ofVirtual().start(() -> one.add(early));
      other.add(late);
      racing.join();
    }
    var strictest = now.plusSeconds(1);
    Eventually.holds(
        "the strictest",
        () ->
            one.entries().stream()
                    .filter(entry -> entry.before().equals(Optional.of(strictest)))
                    .filter(entry -> entry.end().isEmpty())
                    .count()
                == 20);
  }

  @Test
  void cutOff_listIsUnknownUntilItIsReadAgain() throws Exception {
    try (var relay = new Relay(nats.port())) {
      var cut = list(store(relay.uri()), Bounds.DEFAULT);
      var whole = list();
      whole.add(Revocation.block("tom", Optional.empty()));
      Eventually.holds("known", () -> !cut.entries().isEmpty());

      relay.cut();
      Eventually.holds("cut off", () -> cut.trouble().isPresent());
      assertRefused(503, () -> cut.add(Revocation.block("mia", Optional.empty())));
      whole.add(Revocation.block("eve", Optional.empty()));
      assertThat(whole.remove(Kind.BLOCK, "tom")).isPresent();
      assertThat(cut.trouble()).isPresent();
      relay.mend();

      Eventually.holds("known again", () -> cut.trouble().isEmpty());
      assertThat(cut.entries()).extracting(Revocation::target).containsExactly("eve");
    }
  }

  /** The connection breaks only after several lost pings; the list is unknown before. */
  @Test
  void silentNats_listIsUnknownBeforeTheConnectionBreaks() throws Exception {
    try (var relay = new Relay(nats.port())) {
      var silent = list(store(relay.uri()), Bounds.DEFAULT);
      relay.stall();

      Eventually.holds("unknown", () -> silent.trouble().isPresent());
      assertThat(silent.trouble().orElseThrow()).startsWith("NATS does not answer");
      assertThat(list().add(Revocation.block("eve", Optional.empty()))).isPositive();
      relay.mend();

      Eventually.holds("known again", () -> silent.trouble().isEmpty());
      Eventually.holds("eve is blocked", () -> silent.entries().size() == 1);
    }
  }

  @Test
  void start_whileNatsIsAway_knowsTheListLater() throws Exception {
    var before = list();
    before.add(Revocation.block("tom", Optional.empty()));
    close(before);
    nats.kill();
    var list = Revocations.in(store(), Bounds.DEFAULT, clock);
    try {
      list.start(Duration.ofMillis(1));
      assertThat(list.trouble()).isPresent();
      assertThat(list.entries()).isEmpty();
      assertRefused(503, list::requireKnown);

      nats.restart();

      Eventually.holds("known", () -> list.trouble().isEmpty());
      assertThat(list.of(token("tom", "1", clock.instant()))).contains(Verdict.BLOCKED);
    } finally {
      list.close();
    }
  }

  @Test
  void restartOfNats_keepsEntriesOfAllServers() throws Exception {
    var one = list();
    var other = list();
    one.add(Revocation.id("1", Optional.empty()));
    nats.kill();
    Eventually.holds("away", () -> one.trouble().isPresent() && other.trouble().isPresent());
    nats.restart();
    Eventually.holds("back", () -> one.trouble().isEmpty() && other.trouble().isEmpty());

    var revision = other.add(Revocation.id("2", Optional.empty()));

    Eventually.holds("known", () -> one.revision() >= revision);
    assertThat(one.entries()).hasSize(2);
  }

  @Test
  void lostBucket_isMadeAgainWithAllEntries() throws Exception {
    var one = list();
    var other = list();
    one.add(Revocation.block("tom", Optional.empty()));
    one.add(Revocation.id("1", Optional.empty()));
    Eventually.holds("known", () -> other.entries().size() == 2);

    cluster.plain().keyValueManagement().delete(BUCKET);

    Eventually.holds(
        "restored",
        () -> {
          try {
            return bucket().keys().size() == 2;
          } catch (Exception e) {
            return false;
          }
        });
    Eventually.holds("known", () -> one.trouble().isEmpty() && other.trouble().isEmpty());
    var revision = other.add(Revocation.id("2", Optional.empty()));
    Eventually.holds("shared", () -> one.revision() >= revision && one.entries().size() == 3);
  }

  @Test
  void forgedValues_changeNothing() throws Exception {
    var list = list();
    list.add(Revocation.block("tom", Optional.empty()));
    var key = Revocation.key(Kind.BLOCK, "tom");
    bucket().put(key, "no entry".getBytes(UTF_8));
    bucket().put(key, new byte[] {(byte) 0xff, 0});
    bucket().put(key, Revocation.block("eve", Optional.empty()).text());
    bucket().put("x", Revocation.block("eve", Optional.empty()).text());
    bucket().put("deep", "[".repeat(4_000));
    var revision = list.add(Revocation.id("1", Optional.empty()));

    assertThat(list.revision()).isGreaterThanOrEqualTo(revision);
    assertThat(list.trouble()).isEmpty();
    assertThat(list.entries()).extracting(Revocation::target).containsExactlyInAnyOrder("tom", "1");
  }

  @Test
  void entryOfLaterVersion_letsNobodyInUntilItIsGone() throws Exception {
    var list = list();
    list.add(Revocation.block("tom", Optional.empty()));
    bucket().put("block.1", "{\"v\":2,\"kind\":\"planet\"}");
    Eventually.holds("unknown", () -> list.trouble().isPresent());
    assertThat(list.trouble()).hasValueSatisfying(why -> assertThat(why).contains("later version"));

    bucket().delete("block.1");

    Eventually.holds("known", () -> list.trouble().isEmpty());
    assertThat(list.entries()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bucketThatMayForget_isRefused(boolean time) throws Exception {
    var bucket = KeyValueConfiguration.builder().name(BUCKET).storageType(StorageType.File);
    cluster
        .plain()
        .keyValueManagement()
        .create((time ? bucket.ttl(Duration.ofHours(1)) : bucket.maxBucketSize(9_999)).build());
    var list = Revocations.in(store(), Bounds.DEFAULT, clock);
    try {
      list.start(Duration.ofMillis(200));
      assertThat(list.trouble()).isPresent();
    } finally {
      list.close();
    }
  }

  @Test
  void natsWithoutJetStream_letsNobodyIn() throws Exception {
    nats.kill();
    nats.restartWith();
    var list = Revocations.in(store(), Bounds.DEFAULT, clock);
    try {
      list.start(Duration.ofMillis(200));
      assertThat(list.trouble()).isPresent();
      assertRefused(503, () -> list.add(Revocation.block("tom", Optional.empty())));
    } finally {
      list.close();
    }
  }

  @Test
  void fullAccount_refusesWith507AndKeepsItsEntries() throws Exception {
    var conf = folder.resolve("nats.conf");
    Files.writeString(conf, "jetstream { max_file_store: 4000 }");
    nats.kill();
    nats.restartWith("-c", conf.toString());
    var list = list();
    list.add(Revocation.block("tom", Optional.empty()));
    assertRefused(
        507,
        () -> {
          for (var i = 0; i < 100; i++) {
            list.add(Revocation.id(Integer.toString(i), Optional.empty()));
          }
        });
    var entries = list.entries();
    assertThat(list.of(token("tom", "x", clock.instant()))).contains(Verdict.BLOCKED);
    close(list);
    assertThat(list().entries()).containsExactlyInAnyOrderElementsOf(entries);
  }

  @Test
  void endedEntries_leaveTheBucket() throws Exception {
    var list = list(new Bounds(1, 1));
    list.add(Revocation.id("1", Optional.of(clock.instant())));
    clock.advance(Duration.ofMinutes(6));
    list.add(Revocation.id("2", Optional.of(clock.instant())));

    assertThat(bucket().keys()).containsExactly(Revocation.key(Kind.ID, "2"));
  }

  private KeyValue bucket() throws Exception {
    return cluster.plain().keyValue(BUCKET);
  }
}
