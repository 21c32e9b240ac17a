package io.lhttp.bench.nats;

import io.lhttp.bench.Args;
import io.lhttp.bench.Figure;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Result;
import io.lhttp.bench.ServerProcess;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * The load without our server: jnats publishes to subjects to which it is subscribed itself, and
 * counts and drops the received messages.
 */
final class BareNats {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Connection nats;
  private final int perMilli;
  private final LongAdder received = new LongAdder();
  private final byte[] message;

  private BareNats(Connection nats, int perSecond) {
    this.nats = nats;
    this.perMilli = perSecond / 1_000;
    this.message = LoadBytes.chat("c000000");
  }

  /**
   * Arguments: {@code --nats URL --channels N --per-second N --seconds N --rounds N}. Measures one
   * subject and N subjects in turn.
   */
  static void main(String[] line) throws Exception {
    var args =
        Args.parse(List.of(line), List.of("nats", "channels", "per-second", "seconds", "rounds"));
    var options =
        Options.builder()
            .server(args.option("nats").orElseThrow())
            .subjectValidationType(Options.SubjectValidationType.None)
            .maxMessagesInOutgoingQueue(Integer.MAX_VALUE)
            .build();
    var channels = args.number("channels", 100_000, 1, 1_000_000);
    var length = args.seconds("seconds", 3, 60);
    var nats = Nats.connect(options);
    var bare = new BareNats(nats, args.number("per-second", 50_000, 1_000, 1_000_000));
    var one = bare.subscribe(1, "one");
    var all = bare.subscribe(channels, "c%06d");
    for (var subjects : List.of(one, all)) { // warm-up
      bare.run(subjects, length.multipliedBy(3));
    }
    for (var round = 0; round < args.number("rounds", 3, 1, 100); round++) {
      System.out.println(bare.run(one, length));
      System.out.println(bare.run(all, length));
    }
    nats.close();
  }

  /** Returns the subjects in random order. */
  private List<String> subscribe(int count, String name)
      throws TimeoutException, InterruptedException {
    var dispatcher = nats.createDispatcher(dropped -> received.increment());
    dispatcher.setPendingLimits(1 << 20, 1L << 30);
    var subjects =
        new ArrayList<>(
            IntStream.range(0, count).mapToObj(i -> "lhttp." + name.formatted(i)).toList());
    subjects.forEach(dispatcher::subscribe);
    nats.flush(PATIENCE);
    Collections.shuffle(subjects, new Random(1));
    return subjects;
  }

  private Result run(List<String> subjects, Duration length) throws Exception {
    var self = ServerProcess.self();
    var before = received.sum();
    var cpu = -self.cpuMicros();
    var sent = 0L;
    var due = System.nanoTime();
    for (var tick = 0; tick < length.toMillis(); tick++) {
      for (var i = 0; i < perMilli; i++) {
        nats.publish(
            subjects.get((int) (sent++ % subjects.size())), "lhttp-number.x." + sent, message);
      }
      due += TimeUnit.MILLISECONDS.toNanos(1);
      for (var left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    }
    nats.flush(PATIENCE);
    while (received.sum() - before < sent) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    cpu += self.cpuMicros();
    return new Result("jnats", Map.of(Figure.SERVER_CPU, cpu / sent));
  }
}
