package io.lhttp.nats.internal.jetstream;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.nats.internal.jetstream.Fetch.Result;
import io.lhttp.nats.internal.jetstream.Fetch.Stored;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.Fetched;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.Live;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.RoundBegan;
import io.lhttp.nats.internal.jetstream.ReplicaEvent.RoundEnded;
import io.lhttp.nats.internal.jetstream.ReplicaState.Ended;
import io.lhttp.nats.internal.jetstream.ReplicaState.Fetching;
import io.lhttp.nats.internal.jetstream.ReplicaState.Following;
import io.lhttp.nats.internal.jetstream.ReplicaState.Idle;
import io.lhttp.nats.internal.jetstream.ReplicaState.Loading;
import io.lhttp.nats.internal.jetstream.ReplicaState.Rereading;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The transitions of a replica, driven by generated sequences of events: a model of JetStream
 * stores messages, notifies, loses notifications, removes old messages and is fetched from.
 */
class ReplicaTransitionTest {
  private static final int SEEDS = 2_000;
  private static final int EVENTS = 120;

  /** More rounds than any generated sequence of events needs until no message is missing. */
  private static final int MOST_ROUNDS = 8;

  enum World {
    /** Notifications arrive, but some are late. */
    NOTIFYING(1),
    /** Some notifications get lost. */
    LOSING(2),
    /** Some notifications get lost, and the stream removes old messages. */
    EXPIRING(3),
    /** All faults above, and the stream is recreated or restored from a backup. */
    RECREATED(4),
    /** All faults above, and a client of NATS forges notifications. */
    FORGED(5);

    private final int mishaps;

    World(int mishaps) {
      this.mishaps = mishaps;
    }
  }

  @ParameterizedTest
  @EnumSource
  void generatedEvents_inEachWorld_deliverInOrderOnceOrReport(World world) {
    for (var seed = 0; seed < SEEDS; seed++) {
      new Run(world, seed).play();
    }
  }

  @Test
  void generatedEvents_inAllWorlds_reachEachState() {
    var reached = new HashSet<Class<?>>();
    for (var world : World.values()) {
      for (var seed = 0; seed < 100; seed++) {
        var run = new Run(world, seed);
        run.play();
        reached.addAll(run.reached);
      }
    }
    assertThat(reached)
        .containsExactlyInAnyOrder(
            Idle.class, Loading.class, Following.class, Fetching.class, Rereading.class);
  }

  @Test
  void anyEvent_afterEnd_changesNothing() {
    var run = new Run(World.NOTIFYING, 1);
    run.play();
    var ended = ReplicaTransition.transition(run.state, new ReplicaEvent.End()).next();
    assertThat(ended).isEqualTo(new Ended(run.state));

    for (var event :
        List.of(
            new ReplicaEvent.Refresh(),
            new ReplicaEvent.Interrupted(),
            new Live(1_000, 0, message(1_000), false),
            new RoundBegan(true),
            new Fetched(run.stream.result(new Fetch.Start(null, 0, 0)), 0),
            new RoundEnded(false),
            new ReplicaEvent.Shed(),
            new ReplicaEvent.End())) {
      var step = ReplicaTransition.transition(ended, event);
      assertThat(step.next()).isSameAs(ended);
      assertThat(step.effects()).isEmpty();
    }
    assertThat(ended.fetchStart()).isNull();
    assertThat(ended.knownUpTo()).isEqualTo(run.state.knownUpTo());
  }

  @Test
  void live_nextWhileFollowing_equalsShortcutOfReplica() {
    var compared = 0;
    for (var seed = 0; seed < 200; seed++) {
      var run = new Run(World.LOSING, seed);
      run.play();
      if (run.state instanceof Following is && is.isNext(is.newest() + 500, is.newest())) {
        var sequence = is.newest() + 500;
        var message = message(sequence);
        var step =
            ReplicaTransition.transition(is, new Live(sequence, is.newest(), message, false));

        assertThat(step.next()).isEqualTo(is.next(sequence));
        assertThat(step.effects())
            .containsExactly(
                new ReplicaEffect.Enter(sequence, ReplicaEffect.Enter.NOW, message, true));
        compared++;
      }
    }
    assertThat(compared).isPositive();
  }

  @Test
  void live_beyondBoundWhileLoading_keepsNewest() {
    var state =
        ReplicaTransition.transition(ReplicaTransition.START, new ReplicaEvent.Refresh()).next();
    for (var i = 1; i <= PendingLive.MAX + 10; i++) {
      state = ReplicaTransition.transition(state, new Live(i, i - 1, message(i), false)).next();
    }

    var queue = ((Loading) state).pending().queue();
    assertThat(queue).hasSize(PendingLive.MAX);
    assertThat(queue.getFirst().sequence()).isEqualTo(11);
    assertThat(queue.getLast().sequence()).isEqualTo(PendingLive.MAX + 10);
  }

  private static Message message(long sequence) {
    return Message.of("chat", Long.toString(sequence));
  }

  /** The model of a stream that stores the messages of one channel among those of others. */
  private static final class Stream {
    private final TreeMap<Long, Message> stored = new TreeMap<>();

    /** All messages that were ever stored, by offset. */
    final TreeMap<Long, Message> ever = new TreeMap<>();

    private StreamIncarnation incarnation = new StreamIncarnation(1_800_000_000_000L, 0);
    private long last;

    /** The sequence up to which the stream has removed the channel's messages. */
    private long removed;

    Live store(Random random) {
      last += 1 + random.nextInt(3);
      var previous = stored.isEmpty() ? 0 : stored.lastKey();
      var message = Message.of("chat", last + " of " + incarnation.born());
      stored.put(last, message);
      ever.put(incarnation.offset(last), message);
      return new Live(last, previous, message, false);
    }

    /** Removes the oldest message, but never the last one, which the next notification names. */
    void remove() {
      if (stored.size() > 1) {
        removed = stored.pollFirstEntry().getKey();
      }
    }

    void recreate() {
      incarnation = new StreamIncarnation(incarnation.born() + 1, 0);
      stored.clear();
      last = 0;
      removed = 0;
    }

    /** Removes the newest messages, as the restore of a backup does. A server has noticed that. */
    void restore(int lost) {
      for (var i = 0; i < lost && stored.size() > 1; i++) {
        last = stored.pollLastEntry().getKey() - 1;
      }
      incarnation = new StreamIncarnation(incarnation.born() + 1, last);
    }

    Result result(Fetch.Start start) {
      var from = start.in(incarnation);
      var messages = new ArrayList<Stored>();
      stored
          .tailMap(from.newest(), false)
          .forEach((sequence, message) -> messages.add(new Stored(sequence, 0, message)));
      return new Result(incarnation, messages, last, removed <= from.knownUpTo(), removed);
    }
  }

  /** One sequence of events, applied to models of the stream, the window and the subscribers. */
  private static final class Run {
    private static final long NONE = -1;

    private final World world;
    private final Random random;
    private final String name;
    private final Stream stream = new Stream();
    private final ArrayDeque<Live> onTheWay = new ArrayDeque<>();
    private final TreeMap<Long, Message> window = new TreeMap<>();

    /** The sequence after which the window has each message. */
    private long floor;

    private final Set<Class<?>> reached = new HashSet<>();
    private ReplicaState state = ReplicaTransition.START;
    private boolean roundUnderWay;

    /** The number of rounds that had begun when a reader came; {@link #NONE} for no reader. */
    private long awaited = NONE;

    /** The sequence before the first notification that arrived. */
    private long beforeFirstLive = NONE;

    /** The end of the first round, as an offset. */
    private long baseline = NONE;

    /** The offset up to which the subscribers have got each message, or a report. */
    private long delivered = NONE;

    /** Whether missed messages were reported since the last delivery. */
    private boolean reported;

    private final Set<Message> deliveredMessages = new HashSet<>();

    Run(World world, int seed) {
      this.world = world;
      this.random = new Random(seed);
      this.name = world + ", seed " + seed;
      for (var i = random.nextInt(5); i > 0; i--) {
        stream.store(random); // stored before the subscription, so no notification follows
      }
    }

    void play() {
      for (var i = 0; i < EVENTS; i++) {
        playOne();
      }
      comeToRest();
    }

    private void playOne() {
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3 -> onTheWay.add(stream.store(random));
        case 4, 5, 6, 7 -> arrive();
        case 8, 9 -> beginRound();
        case 10, 11 -> endRound();
        case 12 -> event(new ReplicaEvent.Refresh());
        case 13 -> await();
        case 14 -> event(new ReplicaEvent.Shed());
        default -> mishap();
      }
    }

    private void arrive() {
      var live = onTheWay.poll();
      if (live != null) {
        event(live);
      }
    }

    private void await() {
      awaited = state.round();
      if (state.fetchStart() == null) {
        event(new ReplicaEvent.Refresh());
      }
    }

    private void mishap() {
      switch (random.nextInt(world.mishaps)) {
        case 0 -> arrive();
        case 1 -> loseNotifications();
        case 2 -> {
          for (var i = random.nextInt(6); i > 0; i--) {
            stream.remove();
          }
        }
        case 3 -> renew();
        default -> event(new Live(1 + random.nextInt(300), madeUp(), message(-1), false));
      }
    }

    private void loseNotifications() {
      if (random.nextBoolean()) {
        onTheWay.poll();
      } else {
        onTheWay.clear();
        event(new ReplicaEvent.Interrupted());
      }
    }

    private void renew() {
      if (state.endedRound() == 0) {
        return;
      }
      onTheWay.clear();
      if (random.nextBoolean()) {
        stream.recreate();
      } else {
        stream.restore(random.nextInt(3));
      }
      event(new ReplicaEvent.Refresh());
    }

    private long madeUp() {
      return switch (random.nextInt(3)) {
        case 0 -> 0;
        case 1 -> window.isEmpty() ? 0 : window.lastKey();
        default -> random.nextInt(300);
      };
    }

    private void beginRound() {
      if (!roundUnderWay && state.fetchStart() != null) {
        event(new RoundBegan(awaited != NONE));
        roundUnderWay = true;
      }
    }

    private void endRound() {
      if (!roundUnderWay) {
        return;
      }
      roundUnderWay = false;
      var result = stream.result(requireNonNull(state.fetchStart()));
      event(new Fetched(result, lastCommon(result)));
      if (awaited < state.endedRound()) {
        awaited = NONE;
      }
      event(new RoundEnded(awaited != NONE));
    }

    private long lastCommon(Result result) {
      if (state instanceof Rereading is) {
        for (var stored : result.messages().reversed()) {
          if (stored.sequence() <= is.base().delivered()
              && Objects.equals(stored.message(), window.get(stored.sequence()))) {
            return stored.sequence();
          }
        }
      }
      return 0;
    }

    /** Delivers the notifications on their way, and runs all rounds that the replica needs. */
    private void comeToRest() {
      while (!onTheWay.isEmpty()) {
        arrive();
      }
      event(new ReplicaEvent.Interrupted());
      for (var i = 0; i < MOST_ROUNDS && !(state instanceof Following); i++) {
        beginRound();
        endRound();
      }
      assertThat(state).as(name).isInstanceOf(Following.class);
      assertThat(state.knownUpTo()).as(name).isGreaterThanOrEqualTo(stream.last);
      if (world != World.FORGED) {
        assertNoneSkipped(Long.MAX_VALUE);
      }
    }

    private void event(ReplicaEvent event) {
      var input = looked(event);
      begin(input);
      var step = ReplicaTransition.transition(state, input);
      state = step.next();
      reached.add(state.getClass());
      step.effects().forEach(this::apply);
    }

    private ReplicaEvent looked(ReplicaEvent event) {
      return event instanceof Live live
              && ReplicaTransition.asksWhetherKnown(state, live.sequence())
          ? new Live(
              live.sequence(),
              live.previous(),
              live.message(),
              Objects.equals(live.message(), window.get(live.sequence())))
          : event;
    }

    /** Records the offset from which on the replica must deliver each message. */
    private void begin(ReplicaEvent event) {
      if (event instanceof Live live && beforeFirstLive == NONE) {
        beforeFirstLive = stream.incarnation.offset(live.sequence() - 1);
      } else if (event instanceof Fetched fetched && baseline == NONE) {
        baseline = fetched.result().incarnation().offset(fetched.result().readUpTo());
      }
      if (delivered == NONE && baseline != NONE) {
        if (beforeFirstLive != NONE) {
          delivered = Math.min(beforeFirstLive, baseline);
        } else if (event instanceof ReplicaEvent.Interrupted) {
          delivered = baseline;
        }
      }
    }

    private void apply(ReplicaEffect effect) {
      switch (effect) {
        case ReplicaEffect.Reset reset -> {
          window.clear();
          floor = reset.floor();
        }
        case ReplicaEffect.Prepend prepend -> {
          floor = prepend.floor();
          for (var stored : prepend.messages()) {
            if (stored.sequence() <= prepend.upTo()) {
              window.put(stored.sequence(), requireNonNull(stored.message()));
            }
          }
        }
        case ReplicaEffect.Enter enter -> {
          var message = requireNonNull(enter.message());
          window.put(enter.sequence(), message);
          if (enter.deliver()) {
            deliver(enter.sequence(), message);
          }
        }
        case ReplicaEffect.DeliverBehind behind -> {
          reported |= floor > behind.sequence();
          window.tailMap(behind.sequence(), false).forEach(this::deliver);
        }
        case ReplicaEffect.ReportMissed missed -> reported = true;
        case ReplicaEffect.ReportRewound rewound -> {
          assertThat(world).as(name).isEqualTo(World.FORGED);
          delivered = requireNonNull(state.incarnation()).offset(rewound.sequence());
        }
        case ReplicaEffect.StartFetch start -> assertThat(state.fetchStart()).as(name).isNotNull();
      }
    }

    private void deliver(long sequence, Message message) {
      var offset = requireNonNull(state.incarnation()).offset(sequence);
      assertThat(delivered).as(name).isNotEqualTo(NONE);
      assertThat(offset).as("in order, " + name).isGreaterThan(delivered);
      if (world != World.FORGED) {
        assertThat(deliveredMessages.add(message)).as("once, " + name).isTrue();
        assertNoneSkipped(offset);
      }
      delivered = offset;
      reported = false;
    }

    /**
     * Requires that each message between the last delivered one and this offset was reported as
     * missed.
     */
    private void assertNoneSkipped(long offset) {
      if (delivered != NONE && !reported) {
        assertThat(stream.ever.subMap(delivered, false, offset, false)).as(name).isEmpty();
      }
    }
  }
}
