package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Filters and processors are called when connections open and close. */
class HooksTest {
  private final List<String> trail = new ArrayList<>();
  private final TestPipeline chain = new TestPipeline();

  @Test
  void filters_onOpenAndOnClose_runInOrder() {
    chain.filter("a", new Greeter("a")).filter("b", new Greeter("b"));

    assertThat(chain.pipeline().hooks().watchesOpen()).isTrue();
    assertThat(chain.pipeline().hooks().open(chain.connection)).isTrue();
    chain.pipeline().hooks().close(chain.connection);

    assertThat(trail).containsExactly("a open", "b open", "a close", "b close");
  }

  @Test
  void onOpen_throws_stopsOpening() {
    chain
        .filter(
            "door",
            new Greeter("door") {
              @Override
              public void onOpen(Connection connection) {
                throw new IllegalStateException("no entry");
              }
            })
        .filter("b", new Greeter("b"));

    assertThat(chain.pipeline().hooks().open(chain.connection)).isFalse();
    assertThat(trail).isEmpty();
  }

  @Test
  void onClose_throws_othersAreStillClosed() {
    chain
        .processor(
            "chat",
            new Counter("chat") {
              @Override
              public void onClose(Connection connection) {
                throw new IllegalStateException("no exit");
              }
            })
        .filter(
            "a",
            new Greeter("a") {
              @Override
              public void onClose(Connection connection) {
                throw new IllegalStateException("no exit");
              }
            })
        .filter("b", new Greeter("b"));
    chain.pipeline().hooks().open(chain.connection);
    chain.run(Message.of("chat", ""));
    trail.clear();

    chain.pipeline().hooks().close(chain.connection);

    assertThat(trail).containsExactly("b close");
  }

  @Test
  void processor_opensOncePerCommand() {
    chain.processor("chat", new Counter("chat")).processor("join", new Counter("join"));

    for (var command : List.of("chat", "chat", "join", "chat")) {
      chain.run(Message.of(command, ""));
    }
    chain.pipeline().hooks().close(chain.connection);

    assertThat(trail)
        .containsExactly(
            "chat open", "chat", "chat", "join open", "join", "chat", "chat close", "join close");
  }

  @Test
  void processor_opensForEachConnection() {
    var processor = new Counter("chat");
    var other = new TestPipeline().processor("chat", processor);
    chain.processor("chat", processor);

    chain.run(Message.of("chat", ""));
    other.run(Message.of("chat", ""));

    assertThat(trail).containsExactly("chat open", "chat", "chat open", "chat");
  }

  @Test
  void processor_withoutMessage_isNotClosed() {
    chain.processor("chat", new Counter("chat"));

    chain.pipeline().hooks().close(chain.connection);

    assertThat(trail).isEmpty();
    assertThat(chain.pipeline().hooks().watchesCloseOf(chain.connection)).isFalse();
  }

  @Test
  void processor_onOpenThrows_isOpenedAgain() {
    var failing =
        new Counter("chat") {
          boolean ready;

          @Override
          public void onOpen(Exchange exchange) {
            super.onOpen(exchange);
            if (!ready) {
              throw new IllegalStateException("not yet");
            }
          }
        };
    chain.processor("chat", failing);

    assertThat(chain.run(Message.of("chat", "")))
        .isEqualTo(Outcome.refused(500, "the server failed"));
    failing.ready = true;
    assertThat(chain.run(Message.of("chat", ""))).isEqualTo(Outcome.done());

    assertThat(trail).containsExactly("chat open", "chat open", "chat");
  }

  @Test
  void processor_neverOpened_isNotClosed() {
    chain.processor(
        "chat",
        new Counter("chat") {
          @Override
          public void onOpen(Exchange exchange) {
            throw new IllegalStateException("never");
          }
        });
    chain.run(Message.of("chat", ""));

    chain.pipeline().hooks().close(chain.connection);

    assertThat(trail).isEmpty();
  }

  @Test
  void processor_removedFromChain_isClosedOnce() {
    chain.processor("chat", new Counter("chat"));
    chain.run(Message.of("chat", ""));
    trail.clear();

    new TestPipeline().pipeline().hooks().close(chain.connection);
    chain.pipeline().hooks().close(chain.connection);

    assertThat(trail).containsExactly("chat close");
  }

  @Test
  void linksWithoutHooks_watchNothing() {
    chain.filter("plain", new Filter() {}).processor("chat", e -> {});
    chain.run(Message.of("chat", ""));

    assertThat(chain.pipeline().hooks().watchesOpen()).isFalse();
    assertThat(chain.pipeline().hooks().watchesCloseOf(chain.connection)).isFalse();
  }

  @Test
  void inheritedHook_isFound() {
    chain.filter("heir", new Heir());

    assertThat(chain.pipeline().hooks().watchesOpen()).isTrue();
    chain.pipeline().hooks().open(chain.connection);
    assertThat(chain.pipeline().hooks().watchesCloseOf(chain.connection)).isTrue();
  }

  /**
   * Inherits its hooks from a class that is no filter, and from an interface that extends the
   * filter interface.
   */
  static final class Heir extends Ancestor implements Watching {}

  static class Ancestor {
    public void onClose(Connection connection) throws Exception {
      connection.attributes();
    }
  }

  interface Watching extends Filter {
    @Override
    default void onOpen(Connection connection) {}
  }

  private class Greeter implements Filter {
    private final String name;

    Greeter(String name) {
      this.name = name;
    }

    @Override
    public void onOpen(Connection connection) throws Exception {
      trail.add(name + " open");
    }

    @Override
    public Outcome filter(Exchange exchange, Chain rest) throws Exception {
      return rest.proceed(exchange);
    }

    @Override
    public void onClose(Connection connection) throws Exception {
      trail.add(name + " close");
    }
  }

  private class Counter implements Processor {
    private final String name;

    Counter(String name) {
      this.name = name;
    }

    @Override
    public void onOpen(Exchange exchange) {
      trail.add(name + " open");
    }

    @Override
    public void onMessage(Exchange exchange) {
      trail.add(name);
    }

    @Override
    public void onClose(Connection connection) {
      trail.add(name + " close");
    }
  }
}
