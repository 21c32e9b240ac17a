package io.lhttp.internal.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.CloseStatus;
import io.lhttp.RefusedException;
import io.lhttp.channel.Peers;
import io.lhttp.control.Actor;
import io.lhttp.control.AuditEvent;
import io.lhttp.control.Changes;
import io.lhttp.control.Control;
import io.lhttp.control.Target;
import io.lhttp.message.Message;
import io.lhttp.revocation.FileRevocations;
import io.lhttp.revocation.Revocations;
import io.lhttp.revocation.Revocations.Bounds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Operations merge what the servers answer, within bounds and with an audit. */
class ClusterControlBoundsTest {
  private static final Target ALICE = Target.user("alice");

  private final FakeOperations local = new FakeOperations();

  @Test
  void moreOperationsThanBound_areRefusedUntilOneEnds() throws Exception {
    var control = control(Optional.of(Peers.none())).within(Duration.ofSeconds(30));
    var running = new ArrayList<CompletionStage<Changes>>();
    for (var i = 0; i < ClusterControl.MAX_RUNNING; i++) {
      running.add(control.disconnect(ALICE, CloseStatus.NORMAL));
    }

    assertThat(status(control.disconnect(ALICE, CloseStatus.NORMAL))).isEqualTo(503);

    local.answer.complete(new Answer.Counts(1, 1, List.of()));
    assertThat(done(running.getFirst()).changed()).isEqualTo(1);
    assertThat(done(control.disconnect(ALICE, CloseStatus.NORMAL)).changed()).isEqualTo(1);
  }

  @Test
  void serverItself_thatDoesNotAnswer_isSilent() throws Exception {
    var control = control(Optional.of(Peers.none())).within(Duration.ofMillis(10));

    var changes = done(control.disconnect(ALICE, CloseStatus.NORMAL));

    assertThat(changes.reach().silent()).containsExactly("me");
    assertThat(changes.reach().complete()).isFalse();
  }

  @Test
  void publication_withoutResultBeforeDeadline_fails() throws Exception {
    var control = control(Optional.of(Peers.none())).within(Duration.ofMillis(10));

    assertThat(status(control.publish("a", Message.of("x", "")))).isEqualTo(503);
  }

  @Test
  void answers_areAddedUpAndMalformedOnesAreSilent() throws Exception {
    local.answer.complete(new Answer.Counts(2, 1, List.of()));
    var good = AnswerJson.write(new Answer.Counts(3, 3, List.of()));
    var control =
        control(
            Optional.of(
                new Answering(
                    Map.of("good", good, "bad", "{}", "worse", "[", "empty", ""),
                    List.of("gone"))));

    var changes = done(control.disconnect(ALICE, CloseStatus.NORMAL));

    assertThat(changes.changed()).isEqualTo(4);
    assertThat(changes.reach().connections()).isEqualTo(5);
    assertThat(changes.reach().silent()).containsExactly("bad", "empty", "gone", "worse");
  }

  /** Otherwise the answer would come after the deadline, and would name no server. */
  @Test
  void storingOfRevocation_countsTowardsDeadline(@TempDir Path folder) throws Exception {
    local.answer.complete(new Answer.Counts(0, 0, List.of()));
    local.revocations = Revocations.in(new FileRevocations(folder.resolve("list")), Bounds.DEFAULT);
    local.revocations.start(Duration.ZERO);
    var deadlines = new ArrayList<Duration>();
    var control = control(Optional.of(new Timed(deadlines))).within(Duration.ofSeconds(20));

    done(control.block("tom", Optional.empty()));
    done(control.unblock("tom"));
    done(control.disconnect(ALICE, CloseStatus.NORMAL));

    assertThat(deadlines.subList(0, 2)).allMatch(d -> d.compareTo(Duration.ofSeconds(20)) < 0);
    assertThat(deadlines.getLast()).isEqualTo(Duration.ofSeconds(20));
    local.revocations.close();
  }

  /** Peers that have no answer, and note how long they may take. */
  private record Timed(List<Duration> deadlines) implements Peers {
    @Override
    public void join(String server, Handler handler) {}

    @Override
    public CompletionStage<Answers> ask(String question, Duration deadline) {
      deadlines.add(deadline);
      return CompletableFuture.completedStage(Answers.none(true));
    }

    @Override
    public void leave() {}
  }

  @Test
  void unknownPeers_answerIsIncomplete() throws Exception {
    local.answer.complete(new Answer.Counts(0, 0, List.of()));

    var reach = done(control(Optional.empty()).disconnect(ALICE, CloseStatus.NORMAL)).reach();

    assertThat(reach.silent()).isEmpty();
    assertThat(reach.complete()).isFalse();
  }

  @Test
  void eachCall_isAuditedWithActorAndWithoutPayload() throws Exception {
    local.answer.complete(new Answer.Counts(2, 1, List.of()));
    var control = control(Optional.of(Peers.none()));
    var key = control.as(new Actor(Actor.Kind.KEY, "backend"));

    done(key.disconnect(ALICE, CloseStatus.NORMAL.because("secret")));
    assertThat(status(control.history("a", Optional.empty(), 10))).isEqualTo(409);
    assertThat(status(control.publish("a b", Message.of("x", "secret")))).isEqualTo(400);
    assertThat(status(control.resetHistory("a"))).isEqualTo(500);

    var events = control.audit().latest(10);
    assertThat(events)
        .extracting(e -> e.actor() + " " + e.method() + " " + e.target() + ": " + e.result())
        .containsExactly(
            "java history-reset channel a: 500 the operation failed",
            "java publish channel a b: 400 a channel's name has 1 to 255 bytes, no space and no"
                + " control character",
            "java history channel a: 409 the channel a has no history",
            "key backend disconnect user alice: 1 connections");
    assertThat(events).extracting(AuditEvent::toString).noneMatch(text -> text.contains("secret"));
  }

  @Test
  void peerRequests_beyondBound_fail() {
    var requests = new PeerRequests(local);
    var question = RequestJson.write(new Request.Describe());
    for (var i = 0; i < PeerRequests.MAX_RUNNING; i++) {
      assertThat(requests.answer(question, Duration.ofSeconds(30)).toCompletableFuture())
          .isNotDone();
    }

    assertThat(requests.answer(question, Duration.ofSeconds(30)).toCompletableFuture())
        .isCompletedExceptionally();
    local.answer.complete(new Answer.Counts(0, 0, List.of()));
    local.answer =
        CompletableFuture.completedFuture(
            new Answer.Description("1", Duration.ZERO, 1, 1, 1, false));
    assertThat(requests.answer(question, Duration.ofSeconds(30)).toCompletableFuture())
        .isCompletedWithValueMatching(json -> json.contains("\"generation\":1"));
  }

  @Test
  void malformedRequest_failsAndRunsNothing() {
    var requests = new PeerRequests(local);
    for (var question :
        List.of("", "{}", "null", "{\"operation\":\"erase\"}", "{\"operation\":\"disconnect\"}")) {
      assertThat(requests.answer(question, Duration.ofSeconds(30)).toCompletableFuture())
          .isCompletedExceptionally();
    }
    assertThat(local.requests).isEmpty();
  }

  private Control control(Optional<Peers> peers) {
    return new ClusterControl("me", local, peers);
  }

  /** Peers that answer each question alike. */
  private record Answering(Map<String, String> answers, List<String> silent) implements Peers {
    @Override
    public void join(String server, Handler handler) {}

    @Override
    public CompletionStage<Answers> ask(String question, Duration deadline) {
      return CompletableFuture.completedStage(new Answers(new TreeMap<>(answers), silent, true));
    }

    @Override
    public void leave() {}
  }

  private static int status(CompletionStage<?> failing) {
    var statuses = new ArrayList<Integer>();
    assertThatThrownBy(() -> done(failing))
        .cause()
        .isInstanceOfSatisfying(RefusedException.class, e -> statuses.add(e.refusal().status()));
    return statuses.getFirst();
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }
}
