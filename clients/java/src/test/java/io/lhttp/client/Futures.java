package io.lhttp.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Waits for futures for a limited time. */
final class Futures {
  private Futures() {}

  static <T> T result(CompletableFuture<T> future) {
    return future.copy().orTimeout(30, TimeUnit.SECONDS).join();
  }

  /** Throws a checked exception that the method does not declare, as code in Kotlin can. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "DoNotCallSuggester"})
  static <E extends Throwable> void sneak(Throwable thrown) throws E {
    throw (E) thrown;
  }

  static <E extends Throwable> E failure(CompletableFuture<?> future, Class<E> type) {
    var failure =
        future
            .handle((value, thrown) ->
                thrown instanceof CompletionException ? thrown.getCause() : thrown)
            .orTimeout(30, TimeUnit.SECONDS)
            .join();
    assertThat(failure).isInstanceOf(type);
    return type.cast(failure);
  }
}
