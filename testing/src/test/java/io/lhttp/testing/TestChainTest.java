package io.lhttp.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.HandsOver;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.RefusedException;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.OnError;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.message.Message;
import io.lhttp.message.ProtocolException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The result of a message contains the exceptions of its links, which the client does not see. */
class TestChainTest {
  private static final Outcome FAILED = Outcome.refused(500, "the server failed");
  private static final Message MESSAGE = Message.of("say", "hi");

  @Test
  void processorThrows_resultHasException() {
    var exception = new IllegalStateException("no database");
    try (var chain =
        TestChain.builder()
            .processor(
                "say",
                _ -> {
                  throw exception;
                })
            .build()) {
      var result = chain.send(chain.connect("jack"), MESSAGE);

      assertThat(result.thrown()).containsExactly(exception);
      assertThat(result.outcome()).isEqualTo(FAILED);
      assertThat(result.replies())
          .singleElement()
          .satisfies(reply -> assertThat(reply.header("status")).hasValue("500"));
    }
  }

  @Test
  void linksThrow_resultHasAllInOrder() throws Exception {
    var first = new NumberFormatException("x");
    var second = new AssertionError("y");
    var skipped = new FilterSpec("skipped", "1", OnError.SKIP, () -> throwing(first));
    var fails =
        ProcessorSpec.of(
            "say",
            _ -> {
              throw second;
            });
    try (var chain = TestChain.of(new ChainSpec(List.of(skipped), List.of(fails)))) {
      assertThat(chain.send(chain.connect("jack"), MESSAGE).thrown())
          .containsExactly(first, second);
    }
  }

  @Test
  void refusalByException_isBothThrownAndOutcome() {
    try (var chain =
        TestChain.builder()
            .filter("strict", throwing(new RefusedException(422, "no shouting")))
            .build()) {
      var result = chain.send(chain.connect("jack"), MESSAGE);

      assertThat(result.outcome()).isEqualTo(Outcome.refused(422, "no shouting"));
      assertThat(result.thrown()).hasOnlyElementsOfType(RefusedException.class).hasSize(1);
    }
  }

  @Test
  void malformedParts_areThrown() {
    try (var chain =
        TestChain.builder()
            .processor("put", exchange -> exchange.send(exchange.request().parts().toString()))
            .build()) {
      var message = Message.builder("put").header("multipart", "7").body("x").build();

      var result = chain.send(chain.connect("jack"), message);

      assertThat(result.thrown()).hasOnlyElementsOfType(ProtocolException.class).hasSize(1);
      assertThat(result.outcome()).isInstanceOf(Outcome.Refused.class);
    }
  }

  @Test
  void swap_handsStateToLinkOfSameName() throws Exception {
    try (var chain = TestChain.builder().processor("count", new Counter()).build()) {
      var connection = chain.connect("jack");
      assertThat(count(chain, connection)).isEqualTo("1");

      chain.swap(TestChain.builder().processor("count", new Counter()));
      assertThat(count(chain, connection)).isEqualTo("2");

      var broken = TestChain.builder().filter("broken", new Broken());
      assertThatThrownBy(() -> chain.swap(broken.processor("count", new Counter())))
          .isInstanceOf(ChainException.class)
          .hasMessageContaining("filter 'broken' could not take over");
      assertThat(count(chain, connection)).isEqualTo("3");
    }
  }

  @Test
  void swap_tellsLinksOfOpenConnections() throws Exception {
    var trail = new ArrayList<String>();
    try (var chain = TestChain.builder().filter("a", new Told("a1", trail)).build()) {
      var open = chain.connect("jack");
      chain.end(chain.connect("mike"));
      trail.clear();

      chain.swap(TestChain.builder().filter("a", new Told("a2", trail)));
      chain.end(open);
    }

    assertThat(trail)
        .containsExactly(
            "a1 leave jack",
            "a2 join jack",
            "a2 review jack",
            "a1 closed",
            "a2 close jack",
            "a2 closed");
  }

  @Test
  void swap_failingOnJoin_closesConnection() throws Exception {
    try (var chain = TestChain.builder().build()) {
      var open = chain.connect("jack");

      chain.swap(
          TestChain.builder()
              .filter(
                  "a",
                  new Filter() {
                    @Override
                    public void onJoin(Connection connection) {
                      throw new IllegalStateException("a fault of the test");
                    }
                  }));

      assertThat(open.closed()).contains(CloseStatus.FAILED);
    }
  }

  private record Told(String name, List<String> trail) implements Filter, AutoCloseable {
    private void note(String event, Connection connection) {
      trail.add(name + " " + event + " " + connection.id());
    }

    @Override
    public void onOpen(Connection connection) {
      note("open", connection);
    }

    @Override
    public void onJoin(Connection connection) {
      note("join", connection);
    }

    @Override
    public void onReview(Connection connection) {
      note("review", connection);
    }

    @Override
    public void onLeave(Connection connection) {
      note("leave", connection);
    }

    @Override
    public void onClose(Connection connection) {
      note("close", connection);
    }

    @Override
    public void close() {
      trail.add(name + " closed");
    }
  }

  private static String count(TestChain chain, RecordingConnection connection) {
    return chain.send(connection, Message.of("count", "")).replies().getFirst().body();
  }

  private static final class Counter implements Processor, HandsOver<AtomicInteger> {
    private volatile AtomicInteger count = new AtomicInteger();

    @Override
    public void onMessage(Exchange exchange) {
      exchange.send(Integer.toString(count.incrementAndGet()));
    }

    @Override
    public Optional<AtomicInteger> handOver() {
      return Optional.of(count);
    }

    @Override
    public void takeOver(Optional<AtomicInteger> state) {
      state.ifPresent(given -> count = given);
    }
  }

  private static final class Broken implements Filter, HandsOver<Object> {
    @Override
    public Optional<Object> handOver() {
      return Optional.empty();
    }

    @Override
    public void takeOver(Optional<Object> state) throws IOException {
      throw new IOException("no port");
    }
  }

  @Test
  void nothingThrown_resultHasNone() {
    try (var chain =
        TestChain.builder()
            .filter(
                "gate",
                new Filter() {
                  @Override
                  public Outcome filter(Exchange exchange, Chain chain) {
                    return exchange.refuse(403, "closed");
                  }
                })
            .build()) {
      var result = chain.send(chain.connect("jack"), MESSAGE);

      assertThat(result.thrown()).isEmpty();
      assertThat(result.outcome()).isEqualTo(Outcome.refused(403, "closed"));
    }
  }

  private static Filter throwing(RuntimeException exception) {
    return new Filter() {
      @Override
      public Outcome filter(Exchange exchange, Chain chain) {
        throw exception;
      }
    };
  }
}
