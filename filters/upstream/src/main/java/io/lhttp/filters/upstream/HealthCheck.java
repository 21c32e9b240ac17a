package io.lhttp.filters.upstream;

import io.lhttp.internal.log.ErrorLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.HttpUrl;
import okhttp3.Request;
import org.slf4j.LoggerFactory;

/**
 * Requests a path of each target of an upstream periodically, on one thread per target, and marks
 * the target as healthy or not. The filter owns it.
 */
final class HealthCheck implements AutoCloseable {
  private static final ErrorLog errors =
      new ErrorLog(LoggerFactory.getLogger(HealthCheck.class), "a health check");

  private final UpstreamOptions.Health health;
  private final Duration timeout;
  private final List<Thread> threads;

  HealthCheck(Upstream upstream, UpstreamOptions.Health health, Duration timeout) {
    this.health = health;
    this.timeout = timeout;
    this.threads =
        upstream.targets.stream()
            .map(target -> Thread.ofVirtual().name("lhttp-health").start(() -> watch(target)))
            .toList();
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }

  private void watch(Target target) {
    try {
      while (!Thread.interrupted()) {
        target.healthy(isHealthy(target));
        Thread.sleep(health.every());
      }
    } catch (InterruptedException e) {
      // The filter was closed, which ends the loop.
    }
  }

  private boolean isHealthy(Target target) throws InterruptedException {
    try {
      var url = target.rule.url().map(base -> base.resolve(health.path()));
      return url.isPresent() && answers(target, url.get());
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
      return false;
    } catch (RuntimeException
        | Error e) { // a failed check means an unhealthy target; the loop continues
      errors.add(e);
      return false;
    }
  }

  private boolean answers(Target target, HttpUrl url) throws IOException {
    var request = new Request.Builder().url(url).header("user-agent", "lhttp").build();
    var call = target.client.newCall(request);
    call.timeout().timeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
    try (var response = call.execute()) {
      return response.isSuccessful();
    }
  }
}
