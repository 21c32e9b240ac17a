package io.lhttp.filters.upstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.Surroundings;
import io.lhttp.filters.upstream.HooksOptions.Hook;
import io.lhttp.testing.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A backend for hooks that answers without the network. The test moves its clock, and runs its
 * timers.
 */
final class HookBackends {
  static final String URL = "http://127.0.0.1:9/hooks";

  final ManualClock clock = new ManualClock();
  final List<String> asked = new CopyOnWriteArrayList<>();
  final List<Map<String, List<String>>> headers = new CopyOnWriteArrayList<>();
  final List<Timer> timers = new ArrayList<>();
  volatile int status = 200;
  volatile String answer = "{\"allow\":true}";
  volatile Map<String, List<String>> answerHeaders = Map.of();
  volatile Runnable before = () -> {};

  static final class Timer {
    final Duration delay;
    final Runnable task;
    boolean cancelled;

    Timer(Duration delay, Runnable task) {
      this.delay = delay;
      this.task = task;
    }
  }

  HookBackends answer(String json) {
    answer = json;
    return this;
  }

  HookBackends cacheControl(String value) {
    answerHeaders = Map.of("cache-control", List.of(value));
    return this;
  }

  Surroundings surroundings() {
    return new Surroundings(
        clock,
        clock::nanoTime,
        this::after,
        Optional.of(this::respond),
        connection -> Optional.empty());
  }

  HooksFilter filter(Hook... on) {
    return filter(HooksOptions.builder(URL, on).build());
  }

  HooksFilter filter(HooksOptions options) {
    return new HooksFilter(options, surroundings());
  }

  synchronized List<Timer> running() {
    return timers.stream().filter(timer -> !timer.cancelled).toList();
  }

  private synchronized Runnable after(Duration delay, Runnable task) {
    var timer = new Timer(delay, task);
    timers.add(timer);
    return () -> {
      synchronized (this) {
        timer.cancelled = true;
      }
    };
  }

  private Surroundings.Http.Response respond(Surroundings.Http.Request request) throws IOException {
    asked.add(UTF_8.decode(request.body().duplicate()).toString());
    headers.add(request.headers());
    var now = answer;
    var nowHeaders = answerHeaders;
    var nowStatus = status;
    before.run();
    if (now.equals("broken")) {
      throw new IOException("the connection broke");
    }
    return new Surroundings.Http.Response(
        nowStatus, nowHeaders, ByteBuffer.wrap(now.getBytes(UTF_8)));
  }
}
