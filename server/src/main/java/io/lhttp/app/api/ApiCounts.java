package io.lhttp.app.api;

import io.lhttp.Metric;
import io.lhttp.app.api.method.Method;
import io.lhttp.app.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts the answers of the server API by method and status. All threads may use it. */
final class ApiCounts {
  /** The label of requests for something other than a method. */
  private static final String OTHER = "other";

  private record Answer(String method, int status) {}

  private final Map<Answer, LongAdder> answers = new ConcurrentHashMap<>();

  void add(HttpRequest request, int status) {
    var method = ApiHandler.method(request).map(Method::word).orElse(OTHER);
    answers.computeIfAbsent(new Answer(method, status), _ -> new LongAdder()).increment();
  }

  List<Metric> metrics() {
    return answers.entrySet().stream()
        .map(entry ->
            Metric.counter("api_requests", "Answers of the server API.", entry.getValue().sum())
                .with("method", entry.getKey().method())
                .with("status", String.valueOf(entry.getKey().status())))
        .toList();
  }
}
