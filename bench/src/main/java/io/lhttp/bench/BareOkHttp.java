package io.lhttp.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * What there is without us: OkHttp in a loop, on as many virtual threads as are to be in flight.
 */
final class BareOkHttp {
  private BareOkHttp() {}

  /** {@code ADDRESS:PORT --connections N --seconds N}. */
  static void main(String[] line) throws Exception {
    var args = Args.parse(List.of(line), Load.OPTIONS);
    var flights = args.number("connections", Mode.UPSTREAM.connections, 1, 1024);
    var length = args.seconds("seconds", 3, 60);
    var call = new BareCall(args.words().getFirst(), flights);
    var answered = new LongAdder();
    for (var i = 0; i < flights; i++) {
      Thread.ofVirtual().start(() -> loop(call, answered));
    }
    for (var i = 0; i < args.number("warmups", 1, 0, 100); i++) {
      warm(answered, length);
    }
    for (var i = 0; i < args.number("rounds", 1, 1, 100); i++) {
      System.out.println(round(answered, length));
    }
    System.exit(0);
  }

  /** As long as {@link RateRun} warms a server. */
  private static void warm(LongAdder answered, Duration length) throws InterruptedException {
    var before = answered.sum();
    var begin = System.nanoTime();
    Thread.sleep(length);
    while (answered.sum() - before < RateRun.WARM
        && System.nanoTime() - begin < RateRun.PATIENCE.toNanos()) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static Result round(LongAdder answered, Duration length) throws Exception {
    var self = ServerProcess.self();
    var before = answered.sum();
    var cpu = -self.cpuMicros();
    var machine = -ServerProcess.machineMicros();
    var begin = System.nanoTime();
    Thread.sleep(length);
    var micros = (System.nanoTime() - begin) / 1000.0;
    var messages = (double) answered.sum() - before;
    cpu += self.cpuMicros();
    machine += ServerProcess.machineMicros();
    var figures = new EnumMap<Figure, Double>(Figure.class);
    figures.put(Figure.RATE, messages * 1e6 / micros);
    figures.put(Figure.RATE_PER_CPU, messages * 1e6 / cpu);
    figures.put(Figure.SERVER_CPU, cpu / messages);
    figures.put(
        Figure.OTHERS_CPU,
        100 * Math.max(0, machine - cpu) / micros / Runtime.getRuntime().availableProcessors());
    return new Result(Report.FLOOR, figures);
  }

  private static void loop(BareCall call, LongAdder answered) {
    while (true) {
      try {
        if (call.send()) {
          answered.increment();
        }
      } catch (IOException e) {
        System.err.println(e);
        return;
      }
    }
  }
}
