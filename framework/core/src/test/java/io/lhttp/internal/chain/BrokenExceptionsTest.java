package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Chain;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.channel.Broker;
import io.lhttp.internal.version.Generations;
import io.lhttp.internal.version.ManualScheduler;
import io.lhttp.message.Message;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exceptions whose own methods throw leave no message unanswered, and no generation pinned. */
class BrokenExceptionsTest {
  private final ManualScheduler scheduler = new ManualScheduler();
  private final StubConnection connection = new StubConnection();

  /** The exception's method that throws when it is called. */
  enum Kind {
    MESSAGE,
    TEXT,
    STACK,
    CAUSE
  }

  private static final class Unspeakable extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final Kind kind;

    Unspeakable(Kind kind) {
      super("secret");
      this.kind = kind;
    }

    private void say(Kind asked) {
      if (kind == asked) {
        throw new IllegalStateException("no " + asked);
      }
    }

    @Override
    public @Nullable String getMessage() {
      say(Kind.MESSAGE);
      return super.getMessage();
    }

    @Override
    public String toString() {
      say(Kind.TEXT);
      return super.toString();
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      say(Kind.STACK);
      return super.getStackTrace();
    }

    @Override
    public synchronized @Nullable Throwable getCause() {
      say(Kind.CAUSE);
      return super.getCause();
    }
  }

  @ParameterizedTest
  @EnumSource
  void processorThrows_isAnsweredWith500(Kind kind) throws Exception {
    Processor fails =
        exchange -> {
          throw new Unspeakable(kind);
        };
    var generations = generations(List.of(), fails);

    send(generations, (by, channel, message) -> Broker.TAKEN);

    assertAnswered(generations, "500");
  }

  @ParameterizedTest
  @EnumSource
  void filterThrows_isAnsweredWith500(Kind kind) throws Exception {
    var fails =
        new Filter() {
          @Override
          public boolean mayBlock(Message message) {
            throw new Unspeakable(kind);
          }

          @Override
          public Outcome filter(Exchange exchange, Chain chain) {
            throw new Unspeakable(kind);
          }
        };
    var generations = generations(List.of(FilterSpec.of("fails", fails)), exchange -> {});

    assertThat(generations.pipeline().mayBlock(Message.of("x", ""))).isTrue();
    send(generations, (by, channel, message) -> Broker.TAKEN);

    assertAnswered(generations, "500");
  }

  @ParameterizedTest
  @EnumSource
  void brokerFails_isAnsweredWith503(Kind kind) throws Exception {
    var taking = new CompletableFuture<Void>();
    var generations =
        generations(List.of(), exchange -> exchange.publish("room", Message.of("x", "")));
    var generation = generations.pin(0);
    var result =
        generation
            .pipeline()
            .run(connection, Message.of("x", ""), (by, channel, message) -> taking, null);
    result.settle(Runnable::run, settled -> generation.unpin(0));

    fail(taking, kind);

    assertAnswered(generations, "503");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void answerThatCannotBeSent_stillEndsExchange(boolean stored) throws Exception {
    var taking = new CompletableFuture<Void>();
    var generations =
        generations(List.of(), exchange -> exchange.publish("room", Message.of("x", "")));
    var generation = generations.pin(0);
    var message = Message.builder("x").header("ack", "true").build();
    var result =
        generation.pipeline().run(failing(), message, (by, channel, published) -> taking, null);
    var outcomes = new ArrayList<Outcome>();
    Executor home = task -> assertThatThrownBy(task::run).isInstanceOf(OutOfMemoryError.class);
    result.settle(home, settled -> outcomes.add(settled.outcome()));

    var _ =
        stored
            ? taking.complete(null)
            : taking.completeExceptionally(new RefusedException(503, "the broker is away"));

    assertThat(outcomes)
        .singleElement()
        .isInstanceOf(stored ? Outcome.Done.class : Outcome.Refused.class);
    generation.unpin(0);
    generations.close();
  }

  /** A connection whose calls throw, as if there were no memory left. */
  private Connection failing() {
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("send")) {
                throw new OutOfMemoryError("a test");
              }
              return method.invoke(connection, arguments);
            });
  }

  @ParameterizedTest
  @EnumSource
  void brokerFailsOneOfTwoPublications_isAnsweredWith503(Kind kind) throws Exception {
    var taking = new CompletableFuture<Void>();
    var generations =
        generations(
            List.of(),
            exchange -> {
              exchange.publish("room", Message.of("x", ""));
              exchange.publish("other", Message.of("x", ""));
            });
    var generation = generations.pin(0);
    var kept = CompletableFuture.<Void>completedFuture(null);
    var result =
        generation
            .pipeline()
            .run(
                connection,
                Message.of("x", ""),
                (by, channel, message) -> channel.equals("room") ? kept : taking,
                null);
    result.settle(Runnable::run, settled -> generation.unpin(0));

    fail(taking, kind);

    assertAnswered(generations, "503");
  }

  @ParameterizedTest
  @EnumSource
  void virtualThread_waitsForFailingBroker_isAnsweredWith503(Kind kind) throws Exception {
    var taking = new CompletableFuture<Void>();
    fail(taking, kind);
    var generations =
        generations(List.of(), exchange -> exchange.publish("room", Message.of("x", "")));
    var generation = generations.pin(0);
    var answer =
        generation
            .pipeline()
            .runOnVirtualThread(connection, Message.of("x", ""), (by, channel, message) -> taking);

    answer.run();
    generation.unpin(0);

    assertAnswered(generations, "503");
  }

  /**
   * Completes with an exception. The JDK wraps it for stages that depend on this one, and may throw
   * while it does so.
   */
  private static void fail(CompletableFuture<Void> taking, Kind kind) {
    try {
      taking.completeExceptionally(new Unspeakable(kind));
    } catch (IllegalStateException e) {
      assertThat(e).hasMessage("no " + kind);
    }
  }

  private Generations generations(List<FilterSpec> filters, Processor processor) throws Exception {
    return new Generations(
        new ChainSpec(filters, List.of(ProcessorSpec.of("x", processor))),
        1,
        Duration.ofSeconds(30),
        scheduler);
  }

  private void send(Generations generations, Publisher publisher) {
    var generation = generations.pin(0);
    try {
      var _ = generation.pipeline().run(connection, Message.of("x", ""), publisher, null);
    } finally {
      generation.unpin(0);
    }
  }

  private void assertAnswered(Generations generations, String status) {
    assertThat(connection.sent)
        .singleElement()
        .satisfies(reply -> {
          assertThat(reply.header("status")).contains(status);
          assertThat(reply.toString()).doesNotContain("secret");
        });
    assertThat(generations.pinned(0)).isFalse();
  }
}
