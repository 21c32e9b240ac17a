package io.lhttp.internal.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.lhttp.Connection;
import io.lhttp.Exchange;
import io.lhttp.Filter;
import io.lhttp.Processor;
import io.lhttp.chain.OnError;
import io.lhttp.channel.Broker;
import io.lhttp.internal.measure.Clients;
import io.lhttp.internal.measure.Meters;
import io.lhttp.message.Message;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Links leave and join an open connection when its chain is replaced. */
class JoinLeaveTest {
  private final List<String> trail = new ArrayList<>();
  private final StubConnection connection = new StubConnection();
  private int generation;

  @Test
  void replacedFilter_leavesThenNewOneJoins() {
    open(chain(new Whole("a1"), new Whole("b")));

    update(chain(new Whole("a2"), new Whole("c")));

    assertThat(trail)
        .containsExactly("a1 open", "b open", "a1 leave", "b leave", "a2 join", "c join");
  }

  @Test
  void carriedOverFilter_seesNothing() {
    var kept = new Whole("kept");
    open(chain(new Whole("a1"), kept));
    trail.clear();

    update(chain(kept, new Whole("a2")));
    close(chain(kept));

    assertThat(trail).containsExactly("a1 leave", "a2 join", "a2 close", "kept close");
  }

  @Test
  void closeBeforeUpdate_endsOldOnesAlone() {
    open(chain(new Whole("a1")));

    close(chain(new Whole("a2")));

    assertThat(trail).containsExactly("a1 open", "a1 close");
  }

  @Test
  void interruptOfOneLink_reachesNoOther() {
    var first = chain(new Interrupting("a1"), new Interrupting("b1"));
    var second = chain(new Interrupting("a2"), new Interrupting("b2"));

    open(first);
    update(second);
    second.hooks().review(connection);
    Thread.currentThread().interrupt(); // as a link may, in the last message
    close(second);

    assertThat(trail)
        .containsExactly(
            "a1 open",
            "b1 open",
            "a1 leave",
            "b1 leave",
            "a2 join",
            "b2 join",
            "a2 review",
            "b2 review",
            "a2 close",
            "b2 close");
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void filterWithoutOnJoin_getsNoCallForOpenConnection() {
    open(chain());

    var chain = chain(new OpensAndCloses("late"));
    assertThat(chain.hooks().upToDate(connection)).isTrue();
    close(chain);

    assertThat(trail).isEmpty();
  }

  @Test
  void onLeave_defaultsToOnClose() {
    open(chain(new OpensAndCloses("a")));

    update(chain());
    close(chain());

    assertThat(trail).containsExactly("a open", "a close");
  }

  @Test
  void filterWithOnCloseAlone_endsWithConnectionsAlone() {
    var watcher = new ClosesAlone("watcher");
    open(chain(watcher));

    update(chain());
    assertThat(trail).isEmpty();
    update(chain(watcher));
    close(chain(watcher));

    assertThat(trail).containsExactly("watcher close");
  }

  @Test
  void filterWithOnLeaveAlone_leavesOnce() {
    var watcher = new LeavesAlone("watcher");
    open(chain());
    update(chain(watcher));

    update(chain());
    update(chain());

    assertThat(trail).containsExactly("watcher leave");
  }

  @Test
  void filterWithOnJoinAlone_endsForJoinedConnectionsAlone() {
    var joiner =
        new ClosesAlone("joiner") {
          @Override
          public void onJoin(Connection connection) {
            trail.add("joiner join");
          }
        };
    open(chain(joiner));

    update(chain(joiner, new Whole("b")));
    close(chain(joiner));

    assertThat(trail).containsExactly("b join", "b close");
  }

  @Test
  void sameInstanceTwice_leavesOncePerPlace() {
    var twice = new Whole("twice");
    open(chain(twice, twice));
    trail.clear();

    update(chain(twice));
    close(chain(twice));

    assertThat(trail).containsExactly("twice leave", "twice close");
  }

  @Test
  void failedOnOpen_hasNoEnd() {
    var failing =
        new Whole("b") {
          @Override
          public void onOpen(Connection connection) {
            throw new IllegalStateException("no entry");
          }
        };
    var chain = chain(new Whole("a"), failing, new Whole("c"), new ClosesAlone("d"));

    assertThat(chain.hooks().open(connection)).isFalse();
    close(chain);

    assertThat(trail).containsExactly("a open", "a close", "d close");
  }

  @Test
  void failedOnJoin_closesAndIsCounted() {
    var failing =
        new Whole("b") {
          @Override
          public void onJoin(Connection connection) {
            throw new IllegalStateException("no entry");
          }
        };
    var kept = new Whole("kept");
    open(chain(kept));
    var clients = new Clients();
    clients.turn();
    var chain = chain(clients, List.of(new Whole("a"), failing, new Whole("c"), kept), List.of());

    assertThat(chain.hooks().update(connection)).isFalse();
    close(chain);

    assertThat(trail).containsExactly("kept open", "a join", "a close", "kept close");
    assertThat(chain.hooks().failedJoins()).isOne();
    assertThat(clients.counts(Pipeline.ALL).failed()).isOne();
  }

  @Test
  void failedOnLeave_doesNotKeepOthersFromTheirs() {
    var failing =
        new Whole("a") {
          @Override
          public void onLeave(Connection connection) {
            throw new IllegalStateException("no exit");
          }
        };
    open(chain(failing, new Whole("b")));
    trail.clear();

    assertThat(chain(new Whole("c")).hooks().update(connection)).isTrue();

    assertThat(trail).containsExactly("b leave", "c join");
  }

  @Test
  void rollback_leavesNewLinksAndJoinsOldOnes() {
    var before = chain(new Whole("a1"));
    open(before);

    update(chain(new Whole("a2")));
    update(before);
    close(before);

    assertThat(trail)
        .containsExactly("a1 open", "a1 leave", "a2 join", "a2 leave", "a1 join", "a1 close");
  }

  @Test
  void replacedProcessor_endsAndNewOneOpensLazily() {
    var before = chain(List.of(), List.of(new Counter("p1")));
    open(before);
    send(before);

    var after = chain(List.of(), List.of(new Counter("p2")));
    update(after);
    send(after);
    send(after);
    close(after);

    assertThat(trail)
        .containsExactly("p1 open", "p1", "p1 leave", "p2 open", "p2", "p2", "p2 close");
  }

  @Test
  void carriedOverProcessor_isNotOpenedAgain() {
    var kept = new Counter("p");
    var before = chain(List.of(), List.of(kept));
    open(before);
    send(before);
    var after = chain(List.of(new Whole("a")), List.of(kept));
    update(after);

    send(after);

    assertThat(trail).containsExactly("p open", "p", "a join", "p");
  }

  @Test
  void processorWithoutMessage_doesNotLeave() {
    open(chain(List.of(), List.of(new Counter("p1"))));

    assertThat(chain().hooks().upToDate(connection)).isTrue();
  }

  @Test
  void chainWithoutHooks_keepsNothing() {
    var plain = new Filter() {};
    open(chain(plain, new OpensAlone("door")));

    assertThat(chain(new Filter() {}).hooks().upToDate(connection)).isTrue();
    assertThat(chain(new Filter() {}).hooks().concerns(chain(plain).hooks())).isFalse();
    assertThat(connection.attributes().find("lhttp.participants")).isNull();
  }

  @Test
  void connectionsOfOneChain_shareParticipants() {
    var chain = chain(new Whole("a"));
    var other = new StubConnection();
    chain.hooks().open(connection);
    chain.hooks().open(other);

    assertThat(Participants.of(connection)).isSameAs(Participants.of(other));
  }

  @Test
  void update_forgetsLinksThatLeft() {
    var silent = new OpensAndCloses("a");
    open(chain(List.of(silent), List.of(new Counter("p"))));

    update(chain());

    assertThat(Participants.of(connection)).isSameAs(Participants.NONE);
  }

  @Test
  void concerns_linksWithHooksOnly() {
    var kept = new Whole("kept");
    var before = chain(kept, new ClosesAlone("watcher"));

    assertThat(chain(kept).hooks().concerns(before.hooks())).isFalse();
    assertThat(chain(new OpensAndCloses("new"), kept).hooks().concerns(before.hooks())).isFalse();
    assertThat(chain(new Whole("new"), kept).hooks().concerns(before.hooks())).isTrue();
    assertThat(chain().hooks().concerns(before.hooks())).isTrue();
    assertThat(chain().hooks().concerns(chain(List.of(), List.of(new Counter("p"))).hooks()))
        .isTrue();
  }

  @Test
  void openedProcessor_costsEachMessageAlmostNothing() {
    var silent =
        new Processor() {
          @Override
          public void onOpen(Exchange exchange) {}

          @Override
          public void onMessage(Exchange exchange) {}
        };
    Processor plain = exchange -> {};

    var extra = bytesPerMessage(silent) - bytesPerMessage(plain);

    assertThat(extra).isLessThan(100);
  }

  private long bytesPerMessage(Processor processor) {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    var chain = chain(List.of(), List.of(processor));
    send(chain);
    var before = threads.getCurrentThreadAllocatedBytes();
    for (var i = 0; i < 10_000; i++) {
      send(chain);
    }
    return (threads.getCurrentThreadAllocatedBytes() - before) / 10_000;
  }

  private void open(Pipeline chain) {
    assertThat(chain.hooks().open(connection)).isTrue();
  }

  private void update(Pipeline chain) {
    assertThat(chain.hooks().update(connection)).isTrue();
  }

  private void close(Pipeline chain) {
    chain.hooks().close(connection);
  }

  private void send(Pipeline chain) {
    chain.run(connection, Message.of("count", ""), (by, channel, m) -> Broker.TAKEN, null);
  }

  private Pipeline chain(Filter... filters) {
    return chain(List.of(filters), List.of());
  }

  private Pipeline chain(List<Filter> filters, List<Processor> processors) {
    return chain(new Clients(), filters, processors);
  }

  private Pipeline chain(Clients clients, List<Filter> filters, List<Processor> processors) {
    var named = new ArrayList<Pipeline.NamedFilter>();
    for (var filter : filters) {
      named.add(new Pipeline.NamedFilter("f" + named.size(), filter, OnError.REFUSE));
    }
    return new Pipeline(
        ++generation,
        named,
        processors.stream().map(p -> new Pipeline.NamedProcessor("count", p)).toList(),
        new Meters(1, false),
        false,
        clients,
        new FailureDetail());
  }

  private class OpensAlone implements Filter {
    final String name;

    OpensAlone(String name) {
      this.name = name;
    }

    void note(String method) {
      trail.add(name + " " + method);
    }

    @Override
    public void onOpen(Connection connection) throws Exception {
      note("open");
    }
  }

  private class OpensAndCloses extends OpensAlone {
    OpensAndCloses(String name) {
      super(name);
    }

    @Override
    public void onClose(Connection connection) throws Exception {
      note("close");
    }
  }

  private class Whole extends OpensAndCloses {
    Whole(String name) {
      super(name);
    }

    @Override
    public void onJoin(Connection connection) {
      note("join");
    }

    @Override
    public void onLeave(Connection connection) throws Exception {
      note("leave");
    }
  }

  /** Leaves an interrupt behind in each method, and notes one that it finds. */
  private class Interrupting extends Whole {
    Interrupting(String name) {
      super(name);
    }

    @Override
    void note(String method) {
      super.note(method + (Thread.interrupted() ? " interrupted" : ""));
      Thread.currentThread().interrupt();
    }

    @Override
    public void onReview(Connection connection) {
      note("review");
    }

    @Override
    public void onLeave(Connection connection) throws Exception {
      super.onLeave(connection);
      throw new InterruptedException();
    }

    @Override
    public void onClose(Connection connection) throws Exception {
      super.onClose(connection);
      throw new InterruptedException();
    }
  }

  private class ClosesAlone implements Filter {
    private final String name;

    ClosesAlone(String name) {
      this.name = name;
    }

    @Override
    public void onClose(Connection connection) {
      trail.add(name + " close");
    }
  }

  private class LeavesAlone implements Filter {
    private final String name;

    LeavesAlone(String name) {
      this.name = name;
    }

    @Override
    public void onLeave(Connection connection) {
      trail.add(name + " leave");
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
    public void onLeave(Connection connection) {
      trail.add(name + " leave");
    }

    @Override
    public void onClose(Connection connection) {
      trail.add(name + " close");
    }
  }
}
