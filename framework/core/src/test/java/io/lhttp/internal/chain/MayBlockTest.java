package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.NonBlocking;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.internal.measure.BlockWatch;
import io.lhttp.message.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The chain starts a message on the event loop only if no link on its way may block. */
public class MayBlockTest {
  private static final Message HELLO = Message.of("chat", "hello");
  private static final Message SLOW = Message.of("slow", "");

  private final TestPipeline chain = new TestPipeline();
  private final BlockWatch.Slot loop =
      new BlockWatch(Duration.ofMillis(100)).slot(Thread.currentThread());

  @Test
  void emptyChain_staysOnEventLoop() {
    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
  }

  @Test
  void processorByDefault_mayBlock() {
    chain.processor("chat", e -> {});

    assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
  }

  @Test
  void oneBlockingFilter_startsOnVirtualThread() {
    chain.filter("a", new Quick()).filter("b", new Filter() {}).processor("chat", new Swift());

    assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
  }

  @Test
  void otherCommandsProcessor_isNotAsked() {
    chain.filter("a", new Quick()).processor("chat", new Swift()).processor("slow", e -> {});

    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
    assertThat(chain.pipeline().mayBlock(SLOW)).isTrue();
  }

  @Test
  void annotatedLinks_stayOnEventLoop() {
    chain.filter("a", new Annotated()).processor("chat", new AnnotatedProcessor());

    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
  }

  @Test
  void subclassOfAnnotatedFilter_mayBlock() {
    chain.filter("a", new Annotated() {}).processor("chat", new Swift());

    assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
  }

  @Test
  void subclassOfAnnotatedProcessor_mayBlock() {
    chain.processor("chat", new AnnotatedProcessor() {});

    assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
  }

  @Test
  void filterOverridingMayBlock_isAskedForEachMessage() {
    chain
        .filter("choosy", new Choosy())
        .processor("chat", new Swift())
        .processor("slow", new Swift());

    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
    assertThat(chain.pipeline().mayBlock(SLOW)).isTrue();
  }

  @Test
  void processorOverridingMayBlock_isAskedForEachMessage() {
    chain.processor(
        "chat",
        new Processor() {
          @Override
          public void onMessage(Exchange exchange) {}

          @Override
          public boolean mayBlock(Message message) {
            return message.body().equals("wait");
          }
        });

    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
    assertThat(chain.pipeline().mayBlock(HELLO.withBody("wait"))).isTrue();
  }

  @Test
  void nonBlockingProperty_winsOverMethod() {
    chain.filter(
        "odd",
        new Quick() {
          @Override
          public boolean mayBlock(Message message) {
            throw new AssertionError("asked for a message");
          }
        });

    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
  }

  @Test
  void properties_areAskedOnce() {
    var asked = new AtomicInteger();
    chain
        .filter(
            "counting",
            new Filter() {
              @Override
              public boolean mayBlock() {
                asked.incrementAndGet();
                return false;
              }

              @Override
              public boolean keepsRoute() {
                asked.incrementAndGet();
                return true;
              }
            })
        .processor("slow", e -> {});

    for (var i = 0; i < 3; i++) {
      assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
    }
    assertThat(asked).hasValue(2);
  }

  static Stream<Filter> filtersThatCannotSay() {
    return Stream.of(
        new Filter() {
          @Override
          public boolean mayBlock(Message message) {
            throw new IllegalStateException("what do I know");
          }
        },
        new Filter() {
          @Override
          public boolean mayBlock() {
            throw new StackOverflowError();
          }
        });
  }

  @ParameterizedTest
  @MethodSource("filtersThatCannotSay")
  void filterWhoseMayBlockThrows_mayBlock(Filter odd) {
    try (var log = new CapturedLog(Pipeline.class)) {
      chain.filter("odd", odd);

      assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
      assertThat(log.messages()).singleElement().asString().contains("name=odd", "mayBlock");
    }
  }

  static Stream<Processor> processorsThatCannotSay() {
    return Stream.of(
        new Processor() {
          @Override
          public void onMessage(Exchange exchange) {}

          @Override
          public boolean mayBlock(Message message) {
            throw new StackOverflowError();
          }
        },
        new Processor() {
          @Override
          public void onMessage(Exchange exchange) {}

          @Override
          public boolean mayBlock() {
            throw new IllegalStateException("what do I know");
          }
        });
  }

  @ParameterizedTest
  @MethodSource("processorsThatCannotSay")
  void processorWhoseMayBlockThrows_mayBlock(Processor odd) {
    try (var log = new CapturedLog(Pipeline.class)) {
      chain.processor("chat", odd);

      assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
      assertThat(log.messages()).singleElement().asString().contains("name=chat", "mayBlock");
    }
  }

  @Test
  void filterWhoseKeepsRouteThrows_startsOnVirtualThread() {
    try (var log = new CapturedLog(Pipeline.class)) {
      chain
          .filter(
              "odd",
              new Quick() {
                @Override
                public boolean keepsRoute() {
                  throw new IllegalStateException("what do I know");
                }
              })
          .processor("slow", e -> {});

      assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
      assertThat(log.messages()).singleElement().asString().contains("name=odd", "keepsRoute");
    }
  }

  @Test
  void rewritingFilter_toBlockingProcessor_startsOnVirtualThread() {
    var ran = new ArrayList<String>();
    chain
        .filter("alias", new Alias(SLOW))
        .processor("chat", new Swift())
        .processor("slow", e -> ran.add("slow"));

    assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
    assertThat(chain.pipeline().mayBlock(Message.of("nobody's", ""))).isTrue();
    assertThat(chain.run(HELLO)).isEqualTo(Outcome.done());
    assertThat(ran).containsExactly("slow");
  }

  @Test
  void rewritingFilter_beforeNonBlockingLinks_staysOnEventLoop() {
    var bodies = new ArrayList<String>();
    chain
        .filter("alias", new Alias(Message.of("chat", "rewritten")))
        .filter("quick", new Quick())
        .processor("chat", new Swift(bodies));

    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
    assertThat(chain.run(HELLO, loop)).isEqualTo(Outcome.done());
    assertThat(bodies).containsExactly("rewritten");
  }

  @Test
  void rewritingFilter_beforeChoosingFilter_startsOnVirtualThread() {
    chain.filter("alias", new Alias(SLOW)).filter("choosy", new Choosy());

    assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
  }

  @Test
  void rewritingFilter_behindChoosingFilter_staysOnEventLoop() {
    chain.filter("choosy", new Choosy()).filter("alias", new Alias(SLOW));

    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
    assertThat(chain.pipeline().mayBlock(SLOW)).isTrue();
  }

  @Test
  void rewritingFilter_behindRouteKeepingFilter_startsOnVirtualThread() {
    chain
        .filter("a", new Annotated())
        .filter("alias", new Alias(SLOW))
        .filter("b", new Annotated())
        .processor("slow", e -> {});

    assertThat(chain.pipeline().mayBlock(HELLO)).isTrue();
  }

  @Test
  void filterThatKeepsRouteButRewritesCommand_onEventLoop_isRefused() {
    var ran = new ArrayList<String>();
    chain
        .filter(
            "liar",
            new Alias(SLOW) {
              @Override
              public boolean keepsRoute() {
                return true;
              }
            })
        .processor("chat", new Swift())
        .processor("slow", e -> ran.add("slow"));

    assertThat(chain.pipeline().mayBlock(HELLO)).isFalse();
    try (var log = new CapturedLog(Pipeline.class)) {
      assertThat(chain.run(HELLO, loop)).isEqualTo(Outcome.refused(500, "the server failed"));
      assertThat(log.written()).contains("name=slow", "@KeepsRoute");
    }
    assertThat(ran).isEmpty();
  }

  /** A filter that never blocks and keeps the route of a message, by its annotations. */
  @KeepsRoute
  @NonBlocking
  private static class Annotated implements Filter {}

  @NonBlocking
  private static class AnnotatedProcessor implements Processor {
    @Override
    public void onMessage(Exchange exchange) {}
  }

  private static class Quick implements Filter {
    @Override
    public boolean mayBlock() {
      return false;
    }

    @Override
    public boolean keepsRoute() {
      return true;
    }
  }

  /** A filter that may block for one command only. */
  @KeepsRoute
  private static final class Choosy implements Filter {
    @Override
    public boolean mayBlock(Message message) {
      return message.command().equals("slow");
    }
  }

  /** A filter that never blocks, and replaces every message. */
  private static class Alias implements Filter {
    private final Message to;

    Alias(Message to) {
      this.to = to;
    }

    @Override
    public Outcome filter(Exchange exchange, Chain rest) throws Exception {
      exchange.rewrite(to);
      return rest.proceed(exchange);
    }

    @Override
    public boolean mayBlock() {
      return false;
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
    public boolean mayBlock() {
      return false;
    }
  }
}
