package io.lhttp.filters.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.ClientKey;
import io.lhttp.fixture.CapturedLog;
import io.lhttp.testing.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The health check continues after a check that throws. */
class HealthCheckTest {
  private static final ClientKey JACK = new ClientKey.User("jack");

  @AutoClose private final CapturedLog logged = new CapturedLog(HealthCheck.class);
  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
  private final OkHttpClient client =
      new OkHttpClient.Builder()
          .addInterceptor(call -> {
            asked.incrementAndGet();
            raise(thrown.get());
            return new Response.Builder()
                .request(call.request())
                .protocol(Protocol.HTTP_1_1)
                .code(200)
                .message("OK")
                .body(ResponseBody.create("", null))
                .build();
          })
          .build();
  private final Target target =
      new Target(
          AllowRule.parse("http://127.0.0.1:1/"),
          client,
          new ConcurrencyLimiter(1, 1),
          new TargetBreaker(5, Duration.ofSeconds(1), System::nanoTime));

  @ParameterizedTest
  @ValueSource(
      classes = {IllegalStateException.class, StackOverflowError.class, AssertionError.class})
  void throwable_isLoggedAndTargetIsCheckedAgain(Class<? extends Throwable> kind) throws Exception {
    thrown.set(unique(kind.getConstructor().newInstance()));
    try (var _ =
        new HealthCheck(
            new Upstream("u", List.of(target)),
            new UpstreamOptions.Health("/health", Duration.ofMillis(1)),
            Duration.ofSeconds(60))) {
      Eventually.holds("it is asked again", () -> asked.get() >= 3);
      assertThat(target.available(JACK)).isFalse();

      thrown.set(null);
      Eventually.holds("it is well again", () -> target.available(JACK));
    }
    assertThat(logged.events())
        .singleElement()
        .satisfies(event -> {
          assertThat(event.getFormattedMessage()).contains("a health check failed and continues");
          assertThat(event.getThrowableProxy().getClassName()).isEqualTo(kind.getName());
        });
  }

  private static void raise(@Nullable Throwable thrown) {
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    } else if (thrown instanceof Error error) {
      throw error;
    }
  }

  /** Returns an exception with a new cause, because the log reports each cause once a minute. */
  private static Throwable unique(Throwable thrown) {
    thrown.setStackTrace(
        new StackTraceElement[] {
          new StackTraceElement("Thrower", UUID.randomUUID().toString(), "Thrower.java", 1)
        });
    return thrown;
  }
}
