package io.lhttp.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lhttp.RefusedException;
import io.lhttp.channel.Broker;
import io.lhttp.channel.Peers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The contract of {@link Peers} as tests. The author of a broker that carries channels among
 * servers extends this class; all tests have to pass, with answers on any thread.
 */
public abstract class PeersContract {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(200);

  private final List<Broker> brokers = new ArrayList<>();

  /** Creates a further broker of the same servers, which is not started yet. */
  protected abstract Broker create() throws Exception;

  @AfterEach
  void end() {
    brokers.reversed().forEach(Broker::close);
  }

  @Test
  void peers_areTheSameObjectInEachCall() throws Exception {
    var broker = started();

    assertEquals(broker.peers(), broker.peers());
    assertTrue(broker.peers().isPresent());
  }

  @Test
  void ask_nobodyElse_isCompleteWithoutAnswers() throws Exception {
    var alone = joined("alone", answering("x"));

    Eventually.holds("the server knows that it is alone", () -> ask(alone, "q", LONG).complete());

    var answers = ask(alone, "q", LONG);
    assertEquals(Map.of(), answers.byServer());
    assertEquals(List.of(), answers.silent());
  }

  @Test
  void ask_isAnsweredByEachOtherServerOnce() throws Exception {
    var asked = new AtomicInteger();
    var one = joined("one", answering("never asked by itself"));
    joined(
        "two",
        (question, patience) -> {
          asked.incrementAndGet();
          return CompletableFuture.completedStage("two heard " + question);
        });
    joined("three", answering("three"));
    knows(one, 2);
    asked.set(0);

    var answers = ask(one, "ünd\n\u0000", LONG);

    assertEquals(Map.of("two", "two heard ünd\n\u0000", "three", "three"), answers.byServer());
    assertEquals(List.of(), answers.silent());
    assertEquals(1, asked.get());
  }

  @Test
  void ask_severalAtOnce_getTheirOwnAnswers() throws Exception {
    var one = joined("one", answering("x"));
    joined("two", (question, patience) -> CompletableFuture.completedStage(question + "!"));
    knows(one, 1);

    var answers = new ArrayList<CompletableFuture<Peers.Answers>>();
    for (var i = 0; i < 50; i++) {
      answers.add(one.ask("q" + i, LONG).toCompletableFuture());
    }

    for (var i = 0; i < answers.size(); i++) {
      assertEquals(Map.of("two", "q" + i + "!"), result(answers.get(i)).byServer());
    }
  }

  @Test
  void ask_serverThatDoesNotAnswer_isNamedAtDeadline() throws Exception {
    var one = joined("one", answering("x"));
    joined("two", answering("two"));
    var mute = new CompletableFuture<String>();
    joined(
        "mute",
        (question, patience) ->
            question.equals("q") ? mute : CompletableFuture.completedStage("ready"));
    knows(one, 2);

    var answers = ask(one, "q", SHORT);

    assertEquals(Map.of("two", "two"), answers.byServer());
    assertEquals(List.of("mute"), answers.silent());
    mute.complete("late");
    assertEquals(List.of(), ask(one, "again", LONG).silent());
  }

  @Test
  void ask_serverThatFails_isNamedBeforeDeadline() throws Exception {
    var one = joined("one", answering("x"));
    joined(
        "broken",
        (question, patience) -> {
          if (question.equals("throw")) {
            throw new IllegalStateException("thrown");
          }
          return question.equals("fail")
              ? CompletableFuture.failedStage(new IllegalStateException("failed"))
              : CompletableFuture.completedStage("ready");
        });
    knows(one, 1);

    var begin = System.nanoTime();
    for (var question : List.of("fail", "throw")) {
      assertEquals(List.of("broken"), ask(one, question, TestClient.PATIENCE).silent());
    }
    assertTrue(System.nanoTime() - begin < TestClient.PATIENCE.toNanos(), "waited for a deadline");
  }

  @Test
  void leave_isForgottenAndNotNamed() throws Exception {
    var one = joined("one", answering("x"));
    var two = joined("two", answering("two"));
    knows(one, 1);

    two.leave();

    Eventually.holds(
        "two is forgotten",
        () -> {
          var answers = ask(one, "q", LONG);
          return answers.byServer().isEmpty() && answers.silent().isEmpty();
        });
  }

  @Test
  void leave_whileAsked_isNamedBeforeDeadline() throws Exception {
    var one = joined("one", answering("x"));
    var asked = new CompletableFuture<String>();
    var two =
        joined(
            "two",
            (question, patience) -> {
              if (question.equals("ready?")) {
                return CompletableFuture.completedStage("yes");
              }
              asked.complete(question);
              return new CompletableFuture<>();
            });
    knows(one, 1);

    var answers = one.ask("q", TestClient.PATIENCE.multipliedBy(2)).toCompletableFuture();
    result(asked);
    two.leave();

    assertEquals(List.of("two"), result(answers).silent());
  }

  @Test
  void ask_afterLeave_reachesNobody() throws Exception {
    var asked = new AtomicInteger();
    var one = joined("one", answering("x"));
    joined(
        "two",
        (question, patience) -> {
          asked.incrementAndGet();
          return CompletableFuture.completedStage("two");
        });
    knows(one, 1);
    one.leave();
    asked.set(0);

    var answers = ask(one, "q", LONG);

    assertEquals(Map.of(), answers.byServer());
    assertFalse(answers.complete());
    assertEquals(0, asked.get());
  }

  @Test
  void ask_tooLong_isRefused() throws Exception {
    var one = joined("one", answering("x"));

    var refused =
        assertThrows(
            RefusedException.class, () -> one.ask("ü".repeat(Peers.MAX_BYTES / 2 + 1), LONG));
    assertEquals(413, refused.refusal().status());
  }

  @Test
  void ask_longestTexts_arriveWhole() throws Exception {
    var text = "ü".repeat(Peers.MAX_BYTES / 2);
    var one = joined("one", answering("x"));
    joined("two", (question, patience) -> CompletableFuture.completedStage(question));
    knows(one, 1);

    assertEquals(Map.of("two", text), ask(one, text, LONG).byServer());
  }

  /** Waits until a server knows this number of others, and they know it. */
  private static void knows(Peers peers, int others) {
    Eventually.holds(
        "a server knows " + others + " others",
        () -> ask(peers, "ready?", LONG).byServer().size() == others);
  }

  private Peers joined(String server, Peers.Handler handler) throws Exception {
    var peers = started().peers().orElseThrow();
    peers.join(server, handler);
    return peers;
  }

  private Broker started() throws Exception {
    var broker = create();
    brokers.add(broker);
    broker.start();
    return broker;
  }

  private static Peers.Handler answering(String text) {
    return (question, patience) -> CompletableFuture.completedStage(text);
  }

  private static Peers.Answers ask(Peers peers, String question, Duration deadline) {
    return result(peers.ask(question, deadline).toCompletableFuture());
  }

  private static <T> T result(CompletableFuture<T> future) {
    try {
      return future.get(2 * TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }
}
