package io.lhttp.filters.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;

/** The body of an answer is collected up to its limit. */
class LimitedBodyTest {
  private boolean cancelled;

  @Test
  void bodyUpToLimit_isCollected() {
    var subscriber = subscriber(4);

    subscriber.onNext(List.of(bytes(1), bytes(2)));
    subscriber.onNext(List.of(bytes(1)));
    subscriber.onComplete();

    assertThat(subscriber.getBody().toCompletableFuture())
        .isCompletedWithValueMatching(body -> body.length == 4);
    assertThat(cancelled).isFalse();
  }

  @Test
  void longerBody_failsAndCancels() {
    var subscriber = subscriber(4);

    subscriber.onNext(List.of(bytes(4), bytes(1), bytes(1)));
    subscriber.onNext(List.of(bytes(9)));
    subscriber.onComplete();

    assertThat(subscriber.getBody().toCompletableFuture())
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(IOException.class)
        .withMessageContaining("an answer of over 4 bytes");
    assertThat(cancelled).isTrue();
  }

  private HttpResponse.BodySubscriber<byte[]> subscriber(int most) {
    var subscriber = LimitedBody.handler(most).apply(new Head());
    subscriber.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long count) {}

          @Override
          public void cancel() {
            cancelled = true;
          }
        });
    return subscriber;
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count);
  }

  private record Head() implements HttpResponse.ResponseInfo {
    @Override
    public int statusCode() {
      return 200;
    }

    @Override
    public HttpHeaders headers() {
      return HttpHeaders.of(Map.of(), (name, value) -> true);
    }

    @Override
    public HttpClient.Version version() {
      return HttpClient.Version.HTTP_1_1;
    }
  }
}
