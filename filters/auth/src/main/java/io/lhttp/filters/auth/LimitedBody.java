package io.lhttp.filters.auth;

import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Collects the body of one answer, and fails once the body is longer than a limit. The HTTP client
 * calls it, one call at a time.
 */
final class LimitedBody implements BodySubscriber<byte[]> {
  private final BodySubscriber<byte[]> body = BodySubscribers.ofByteArray();
  private final int most;
  private long bytes;
  private Flow.@Nullable Subscription subscription;

  private LimitedBody(int most) {
    this.most = most;
  }

  /** Returns a handler whose bodies have at most this number of bytes. */
  static BodyHandler<byte[]> handler(int most) {
    return head -> new LimitedBody(most);
  }

  @Override
  public CompletionStage<byte[]> getBody() {
    return body.getBody();
  }

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    this.subscription = subscription;
    body.onSubscribe(subscription);
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    for (var buffer : buffers) {
      bytes += buffer.remaining();
    }
    if (bytes <= most) {
      body.onNext(buffers);
    } else if (subscription != null) {
      subscription.cancel();
      subscription = null;
      body.onError(new IOException("an answer of over " + most + " bytes"));
    }
  }

  @Override
  public void onError(Throwable failure) {
    body.onError(failure);
  }

  @Override
  public void onComplete() {
    body.onComplete();
  }
}
