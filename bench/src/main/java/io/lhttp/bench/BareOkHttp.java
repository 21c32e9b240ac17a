package io.lhttp.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Measures OkHttp without our server: each virtual thread sends one request after the other. */
final class BareOkHttp {
  private BareOkHttp() {}

  /**
   * Arguments: {@code ADDRESS:PORT --connections N --seconds N --rounds N --warmups N --turns yes}.
   */
  static void main(String[] line) throws Exception {
    var args = Args.parse(List.of(line), TurnSignals.and(Load.OPTIONS));
    var flights = args.number("connections", Mode.UPSTREAM.connections, 1, 1024);
    var length = args.seconds("seconds", 3, 60);
    var call = new BareCall(args.words().getFirst(), flights);
    var turns = TurnSignals.of(args);
    turns.await();
    for (var i = 0; i < args.number("warmups", 2, 0, 100); i++) {
      try (var flying = new Flights(call, flights)) {
        warm(flying.answered, length);
      }
    }
    System.out.println(Load.WARM);
    for (var i = 0; i < args.number("rounds", 5, 1, 100); i++) {
      turns.await();
      try (var flying = new Flights(call, flights)) {
        System.out.println(round(flying.answered, length));
      }
    }
  }

  /** Warms up for as long as {@link RateRun} does for a server. */
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
    figures.put(Figure.OTHERS_CPU, 100 * Math.max(0, machine - cpu) / micros / RateRun.CORES);
    return new Result(Report.FLOOR, figures);
  }

  /**
   * Sends requests until it is closed. {@link #close} returns when all requests have been answered.
   */
  private static final class Flights implements AutoCloseable {
    final LongAdder answered = new LongAdder();

    private final BareCall call;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile boolean over;

    Flights(BareCall call, int count) {
      this.call = call;
      for (var i = 0; i < count; i++) {
        threads.execute(this::loop);
      }
    }

    private void loop() {
      while (!over) {
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

    @Override
    public void close() {
      over = true;
      threads.close();
    }
  }
}
