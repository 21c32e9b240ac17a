package io.lhttp.bench;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Measures the cost of scripts and the duration of their reloads, in served applications. */
final class ScriptBench {
  private static final String USAGE =
      """
      usage: bench/run script [FIGURE…] [--rounds N] [--warmups N] [--seconds N]
                              [--profile FILE.html|FILE.collapsed] [--event cpu|alloc|lock]
      FIGURE is one of filter, echo, threads, call, stop, bigint, fast, warm; all of them are the default.
      """;

  private static final String[] FIGURES = {
    "filter", "echo", "threads", "call", "stop", "bigint", "fast", "warm"
  };

  /** A statement that the engine computes for half a minute without checking for an interrupt. */
  private static final String ENDLESS = "ctx.send(((2n ** 300000n) ** 100n).toString().length);";

  private static final int PER_SECOND = 5_000;

  private final Args args;
  private final Path folder;

  private ScriptBench(Args args, Path folder) {
    this.args = args;
    this.folder = folder;
  }

  static void main(String[] line) throws Exception {
    if (List.of(line).contains("--help")) {
      System.out.print(USAGE);
      return;
    }
    var folder = Files.createTempDirectory("lhttp-bench-");
    try {
      var known = Stream.concat(Load.OPTIONS.stream(), Stream.of("profile", "event"));
      var args = Args.parse(List.of(line), known.toList());
      var figures = args.words().isEmpty() ? List.of(FIGURES) : args.words();
      for (var figure : figures) {
        new ScriptBench(args, folder.resolve(figure)).run(figure);
      }
    } catch (IllegalArgumentException e) {
      System.err.printf("%s%n%n%s", e.getMessage(), USAGE);
      System.exit(2);
    } finally {
      ScriptApp.delete(folder);
    }
    System.exit(0);
  }

  private void run(String figure) throws Exception {
    switch (figure) {
      case "filter" ->
          compare(
              "a filter in JavaScript, compiled; the floor is the same server without it",
              app("plain", 0, "").echoInJava(),
              app("filter", 1, "").echoInJava());
      case "echo" ->
          compare(
              "an echo in JavaScript, compiled; the floor is the same in Java",
              app("java", 0, "").echoInJava(),
              app("script", 0, "").echoInJavaScript());
      case "threads" ->
          compare(
              "an echo in JavaScript on two threads of its own; the floor is on the event loops",
              app("loops", 0, "").echoInJavaScript(),
              app("own", 0, "scripts: { threads: 2 }\n").echoInJavaScript());
      case "call" -> {
        call(true);
        call(false);
      }
      case "stop" -> loop();
      case "bigint" -> endless();
      case "fast" -> fast();
      case "warm" -> warm();
      default -> throw new IllegalArgumentException("unknown figure '" + figure + "'");
    }
  }

  private ScriptApp app(String name, int filters, String settings) throws IOException {
    return ScriptApp.write(folder.resolve(name), filters, settings);
  }

  private static AppServer serve(String name, ScriptApp app, boolean compiled) throws Exception {
    return AppServer.start(name, app.folder(), Bench.FLAGS, compiled);
  }

  private void compare(String title, ScriptApp floor, ScriptApp ours) throws Exception {
    System.out.println("\n" + title);
    try (var a = serve(Report.FLOOR, floor, true);
        var b = serve(Report.OURS, ours, true);
        var profiler = Profiler.of(args, b.target().pid())) {
      var words =
          new ArrayList<>(List.of(Mode.ECHO.label(), a.target().toString(), b.target().toString()));
      words.addAll(args.passedOn(Load.OPTIONS));
      if (args.option("warmups").isEmpty()) {
        words.addAll(List.of("--warmups", "6")); // waits until two compilers are idle
      }
      System.out.println(
          new Report(Mode.ECHO, ChildJvm.results(Bench.DRIVER_FLAGS, Load.class, words, profiler)));
    }
  }

  /** Measures calls by the server's own metrics, during a load that leaves CPUs idle. */
  private void call(boolean compiled) throws Exception {
    var app = app("call-" + compiled, 1, "").echoInJava();
    try (var server = serve("call", app, compiled);
        var driver = new Driver(1);
        var load = load(driver, server, 4)) {
      load.start();
      pause(compiled ? 75 : 15); // the last minute must have no cold calls
      print(
          "one call of a filter, %s: p50 %.2f µs"
              .formatted(
                  compiled ? "compiled" : "interpreted", server.medianMicros("filters", "f1")));
      load.stop();
      driver.settle();
    }
  }

  private void loop() throws Exception {
    var app = app("loop", 0, "").echoInJava().processor("loop", "for (;;);");
    try (var server = serve("loop", app, true);
        var client = new Asker(server)) {
      client.ask("loop"); // a context's first call may run 40 times as long
      var millis = new double[4]; // the fifth slow call makes the script refuse the client
      for (var i = 0; i < millis.length; i++) {
        var begin = System.nanoTime();
        client.ask("loop");
        millis[i] = (System.nanoTime() - begin) / 1e6;
      }
      print(
          "an endless loop is stopped and answered after %.0f ms, at most %.0f ms"
              .formatted(Report.median(millis), Arrays.stream(millis).max().orElseThrow()));
    }
  }

  private void endless() throws Exception {
    var app = app("endless", 0, "scripts: { threads: 2 }\n").echoInJava();
    app.processor("big", ENDLESS).processor("hello", "ctx.send(ctx.body);");
    try (var server = serve("endless", app, true);
        var driver = new Driver(1);
        var load = steady(driver, server);
        var client = new Asker(server)) {
      load.start();
      pause(15);
      for (var i = 0; i < args.number("rounds", 3, 1, 100); i++) {
        var before = p99(driver, 30);
        client.send("big");
        var first = p99(driver, 5);
        var after = p99(driver, 25);
        print(
            "connections without a script: p99 %.0f µs; while a huge BigInt is computed on one of two"
                    .formatted(before)
                + " threads of their own, %.0f µs in the first 5 s, %.0f µs in the next 25"
                    .formatted(first, after));
        pause(60); // waits for the end of the call and of the quarantine
      }
      load.stop();
      driver.settle();
    }
  }

  /** Measures reloads as in development: interpreted, without a warm-up. */
  private void fast() throws Exception {
    var app = app("fast", 5, "reload: fast\n").echoInJavaScript();
    try (var server = serve("fast", app, false)) {
      var one = new double[20];
      var all = new double[20];
      for (var i = 0; i < one.length; i++) {
        app.filter(3, 100 + i);
        one[i] = server.reload();
        for (var filter = 1; filter <= 5; filter++) {
          app.filter(filter, 200 + i);
        }
        all[i] = server.reload();
      }
      print(
          "fast, a chain of 5 scripts: one changed %.0f ms, at most %.0f; all changed %.0f ms, at most %.0f"
              .formatted(
                  Report.median(one),
                  Arrays.stream(one).max().orElseThrow(),
                  Report.median(all),
                  Arrays.stream(all).max().orElseThrow()));
    }
  }

  private void warm() throws Exception {
    var app = app("warm", 5, "reload: warm\n").echoInJavaScript();
    try (var server = serve("warm", app, true);
        var driver = new Driver(1);
        var load = steady(driver, server)) {
      load.start();
      pause(30);
      for (var i = 0; i < args.number("rounds", 5, 1, 100); i++) {
        warm(app, server, driver, 1, 300 + i);
        warm(app, server, driver, 5, 600 + i);
      }
      load.stop();
      print("messages lost: " + driver.settle());
    }
  }

  private static void warm(ScriptApp app, AppServer server, Driver driver, int changed, int number)
      throws Exception {
    var before = p99(driver, 10);
    for (var filter = 1; filter <= changed; filter++) {
      app.filter(filter, number);
    }
    var took = server.reload();
    var meanwhile = driver.drain().latency.percentile(0.99) / 1e3;
    var after = p99(driver, 1);
    print(
        "warm, %d of 5 scripts changed: %d ms; p99 before %.0f µs, meanwhile %.0f µs, in the second after %.0f µs (%.2f)"
            .formatted(changed, took, before, meanwhile, after, after / before));
    pause(10); // waits until the old generation has ended and the compilers are idle
  }

  private static PipelinedLoad load(Driver driver, AppServer server, int connections)
      throws Exception {
    return new PipelinedLoad(
        driver, server.target(), connections, 1, Protocol.WebSocket::new, LoadBytes.echo());
  }

  /** Starts a load on 8 connections that uses a part of the server's capacity. */
  private static SteadyLoad steady(Driver driver, AppServer server) throws Exception {
    return new SteadyLoad(driver, server.target(), 8, PER_SECOND, LoadBytes.echo());
  }

  /** Returns the p99 of the next seconds, in microseconds. */
  private static double p99(Driver driver, int seconds) throws Exception {
    var _ = driver.drain();
    pause(seconds);
    return driver.drain().latency.percentile(0.99) / 1e3;
  }

  private static void pause(int seconds) throws InterruptedException {
    Thread.sleep(Duration.ofSeconds(seconds));
  }

  private static void print(String figure) {
    System.out.println(String.format(Locale.ROOT, "%s", figure));
  }

  /** A client with one request at a time. */
  private static final class Asker implements WebSocket.Listener, AutoCloseable {
    /**
     * Reads on its selector's thread alone, as the JDK's WebSocket (25.0) otherwise loses the end
     * of a connection right after a message.
     */
    private final HttpClient http = HttpClient.newBuilder().executor(Runnable::run).build();

    private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();
    private final WebSocket socket;

    Asker(AppServer server) {
      socket = http.newWebSocketBuilder().buildAsync(server.uri(), this).join();
    }

    void send(String command) {
      socket.sendText("LHTTP/1.0 " + command + "\r\n\r\n", true).join();
    }

    String ask(String command) throws InterruptedException {
      send(command);
      var reply = replies.poll(60, TimeUnit.SECONDS);
      if (reply == null) {
        throw new IllegalStateException("no reply to " + command);
      }
      return reply;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      replies.add(data.toString());
      return WebSocket.Listener.super.onText(from, data, last);
    }

    @Override
    public void close() {
      socket.abort();
      http.shutdownNow();
    }
  }
}
