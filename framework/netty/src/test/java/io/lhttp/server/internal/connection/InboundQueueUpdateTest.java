package io.lhttp.server.internal.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.Chain;
import io.lhttp.CloseStatus;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.KeepsRoute;
import io.lhttp.NonBlocking;
import io.lhttp.Outcome;
import io.lhttp.Processor;
import io.lhttp.chain.ChainException;
import io.lhttp.chain.ChainSpec;
import io.lhttp.chain.FilterSpec;
import io.lhttp.chain.ProcessorSpec;
import io.lhttp.message.Message;
import io.lhttp.server.Limits;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A message or an update brings a connection to a new chain, whichever comes first. */
class InboundQueueUpdateTest {
  private final List<String> trail = new ArrayList<>();
  private int virtualThreads;
  private final LoopHarness harness =
      new LoopHarness(
          Limits.DEFAULT,
          chain(new Told("old")),
          task -> {
            virtualThreads++;
            task.run();
          });

  @AfterEach
  void end() {
    harness.close();
  }

  @Test
  void message_first_comesAfterLeaveAndJoin() throws Exception {
    send();
    swap(new Told("new"));

    send();
    send();

    assertThat(trail).containsExactly("old open", "old", "old leave", "new join", "new", "new");
  }

  @Test
  void update_beforeMessage_leavesNothingForMessage() throws Exception {
    swap(new Told("new"));

    harness.session.update(false, 7);
    harness.turn();
    assertThat(harness.session.updated()).isEqualTo(7);
    send();

    assertThat(trail).containsExactly("old open", "old leave", "new join", "new");
  }

  @Test
  void update_ofClosingConnection_callsNothing() throws Exception {
    harness.session.close(CloseStatus.FORBIDDEN);
    swap(new Told("new"));

    harness.session.update(false, 7);
    harness.turn();

    assertThat(trail).containsExactly("old open");
  }

  @Test
  void onJoin_thatCloses_runsNoMessage() throws Exception {
    swap(
        new Told("new") {
          @Override
          public void onJoin(Connection connection) {
            super.onJoin(connection);
            connection.close(CloseStatus.FORBIDDEN);
          }
        });

    send();

    assertThat(trail).containsExactly("old open", "old leave", "new join");
  }

  @Test
  void onJoin_thatFails_runsNoMessageAndCloses() throws Exception {
    swap(
        new Told("new") {
          @Override
          public void onJoin(Connection connection) {
            throw new IllegalStateException("a fault of the test");
          }
        });

    send();

    assertThat(trail).containsExactly("old open", "old leave");
    assertThat(harness.session.open()).isFalse();
  }

  @Test
  void carriedOverFilter_needsNoVirtualThread() throws Exception {
    var kept = new Told("kept");
    swap(kept);
    send();
    var before = virtualThreads;

    harness.context.generations().swap(chain(new Plain(), kept));
    send();

    assertThat(trail).endsWith("kept", "kept");
    assertThat(virtualThreads).isEqualTo(before);
  }

  @Test
  void chainsWithoutMethods_costNoThreadAndNoAttribute() throws Exception {
    swap(new Plain());
    send();
    var connection = harness.another();
    var before = virtualThreads;

    swap(new Plain());
    receive(connection);
    connection.update(false, 1);
    harness.turn();

    assertThat(connection.updated()).isEqualTo(1);
    assertThat(virtualThreads).isEqualTo(before);
    assertThat(connection.hasAttributes()).isFalse();
  }

  private void send() {
    receive(harness.session);
  }

  private void receive(Session session) {
    session.receiver().receive(Message.Format.TEXT, Message.of("quick", "").toBytes(), false);
    harness.turn();
  }

  private void swap(Filter filter) throws ChainException {
    harness.context.generations().swap(chain(filter));
  }

  private static ChainSpec chain(Filter... filters) {
    var specs = new ArrayList<FilterSpec>();
    for (var filter : filters) {
      specs.add(FilterSpec.of("f" + specs.size(), filter));
    }
    return new ChainSpec(specs, List.of(ProcessorSpec.of("quick", new Quick())));
  }

  @NonBlocking
  @KeepsRoute
  private static final class Plain implements Filter {}

  @NonBlocking
  private static final class Quick implements Processor {
    @Override
    public void onMessage(Exchange exchange) {}
  }

  private class Told implements Filter {
    private final String name;

    Told(String name) {
      this.name = name;
    }

    @Override
    public void onOpen(Connection connection) {
      trail.add(name + " open");
    }

    @Override
    public void onJoin(Connection connection) {
      trail.add(name + " join");
    }

    @Override
    public Outcome filter(Exchange exchange, Chain chain) throws Exception {
      trail.add(name);
      return chain.proceed(exchange);
    }

    @Override
    public void onLeave(Connection connection) {
      trail.add(name + " leave");
    }

    @Override
    public boolean mayBlock() {
      return false;
    }

    @Override
    public boolean keepsRoute() {
      return true;
    }
  }
}
