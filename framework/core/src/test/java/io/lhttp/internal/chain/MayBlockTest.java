package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which thread a message needs. */
public class MayBlockTest {
  private static final Message HELLO = Message.of("chat", "hello");

  private final TestPipeline chain = new TestPipeline();
  private final BlockWatch.Slot loop =
      new BlockWatch(Duration.ofMillis(100)).slot(Thread.currentThread());

  @Test
  void anEmptyChainDoesNotBlock() {
    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
  }

  @Test
  void usersCodeMayBlockUnlessItSaysOtherwise() {
    chain.processor("chat", e -> {});

    assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
  }

  @Test
  void oneLinkThatMayBlockIsEnough() {
    chain.filter("a", new Quick()).filter("b", new Filter() {}).processor("chat", new Swift());

    assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
  }

  @Test
  void onlyTheProcessorOfTheCommandIsAsked() {
    chain.filter("a", new Quick()).processor("chat", new Swift()).processor("slow", e -> {});

    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
    assertThat(chain.pipeline().mayBlock(Message.of("slow", ""))).isTrue();
  }

  @Test
  void aFilterThatCannotSayMayBlock() {
    try (var log = new CapturedLog(Pipeline.class)) {
      chain.filter(
          "odd",
          new Quick() {
            @Override
            public boolean mayBlock(Message message) {
              throw new IllegalStateException("what do I know");
            }
          });

      assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
      assertThat(log.messages()).singleElement().asString().contains("name=odd", "mayBlock");
    }
  }

  @Test
  void aProcessorThatCannotSayMayBlock() {
    try (var log = new CapturedLog(Pipeline.class)) {
      chain.processor(
          "chat",
          new Swift() {
            @Override
            public boolean mayBlock(Message message) {
              throw new StackOverflowError();
            }
          });

      assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
      assertThat(log.messages()).singleElement().asString().contains("name=chat", "mayBlock");
    }
  }

  @Test
  void onAnEventLoopAMessageIsNotRewrittenToAProcessorThatMayBlock() {
    var ran = new ArrayList<String>();
    chain
        .filter("alias", new Alias(Message.of("slow", "")))
        .processor("chat", new Swift())
        .processor("slow", e -> ran.add("slow"));

    try (var log = new CapturedLog(Pipeline.class)) {
      assertThat(chain.run(HELLO, loop)).isEqualTo(Outcome.refused(500, "the server failed"));
      assertThat(log.written()).contains("name=slow", "mayBlock");
    }
    assertThat(ran).isEmpty();
  }

  @Test
  void onAThreadThatMayWaitItIs() {
    var ran = new ArrayList<String>();
    chain
        .filter("alias", new Alias(Message.of("slow", "")))
        .processor("slow", e -> ran.add("slow"));

    chain.run(HELLO);

    assertThat(ran).containsExactly("slow");
  }

  @Test
  void aMessageThatIsRewrittenToOneThatDoesNotBlockStaysOnItsEventLoop() {
    var bodies = new ArrayList<String>();
    chain
        .filter("alias", new Alias(Message.of("chat", "rewritten")))
        .processor("chat", new Swift(bodies));

    assertThat(chain.run(HELLO, loop)).isEqualTo(Outcome.done());
    assertThat(bodies).containsExactly("rewritten");
  }

  private static class Quick implements Filter {
    @Override
    public boolean mayBlock(Message message) {
      return false;
    }
  }

  private static final class Alias extends Quick {
    private final Message to;

    Alias(Message to) {
      this.to = to;
    }

    @Override
    public Outcome filter(Exchange exchange, Chain rest) throws Exception {
      exchange.rewrite(to);
      return rest.proceed(exchange);
    }
  }

  public static class Swift implements Processor {
    private final List<String> bodies;

    public Swift() {
      this(new ArrayList<>());
    }

    public Swift(List<String> bodies) {
      this.bodies = bodies;
    }

    @Override
    public void onMessage(Exchange exchange) {
      bodies.add(exchange.request().body());
    }

    @Override
    public boolean mayBlock(Message message) {
      return false;
    }
  }
}
