package io.lhttp.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;

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
    var client =
        new OkHttpClient.Builder()
            .connectionPool(new ConnectionPool(flights, 1, TimeUnit.MINUTES))
            .build();
    var request =
        new Request.Builder()
            .url("http://" + args.words().getFirst() + "/record")
            .post(RequestBody.create(Wire.body()))
            .build();
    var answered = new LongAdder();
    for (var i = 0; i < flights; i++) {
      Thread.ofVirtual().start(() -> loop(client, request, answered));
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

  private static Result round(LongAdder answered, Duration length) throws InterruptedException {
    var before = answered.sum();
    var begin = System.nanoTime();
    Thread.sleep(length);
    var rate = (answered.sum() - before) * 1e9 / (System.nanoTime() - begin);
    var figures = new EnumMap<Figure, Double>(Figure.class);
    figures.put(Figure.RATE, rate);
    return new Result(Report.FLOOR, figures);
  }

  private static void loop(OkHttpClient client, Request request, LongAdder answered) {
    while (true) {
      try (var response = client.newCall(request).execute()) {
        if (response.isSuccessful()) {
          answered.increment();
        }
      } catch (IOException e) {
        System.err.println(e);
        return;
      }
    }
  }
}
