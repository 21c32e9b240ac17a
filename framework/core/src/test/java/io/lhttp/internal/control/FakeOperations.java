package io.lhttp.internal.control;

import io.lhttp.channel.History;
import io.lhttp.channel.Position;
import io.lhttp.message.Message;
import io.lhttp.revocation.Revocations;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Operations of a server without connections. Each answer comes when the test gives it. */
final class FakeOperations implements LocalOperations {
  final List<Request<?>> requests = new ArrayList<>();
  CompletableFuture<Answer> answer = new CompletableFuture<>();
  Revocations revocations = Revocations.none("no list in this test");

  @Override
  @SuppressWarnings("unchecked") // the test gives an answer of the request's type
  public synchronized <A extends Answer> CompletionStage<A> perform(Request<A> request) {
    requests.add(request);
    return (CompletionStage<A>) answer;
  }

  @Override
  public CompletionStage<Optional<Position>> publish(String channel, Message message) {
    return new CompletableFuture<>();
  }

  @Override
  public <T> CompletionStage<T> readHistory(
      String channel, Function<Optional<History>, CompletionStage<T>> read) {
    return read.apply(Optional.empty());
  }

  @Override
  public CompletionStage<Position> resetHistory(String channel) {
    throw new IllegalStateException("broken");
  }

  @Override
  public Executor threads() {
    return Runnable::run;
  }

  @Override
  public Revocations revocations() {
    return revocations;
  }
}
