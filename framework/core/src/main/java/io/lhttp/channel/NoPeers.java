package io.lhttp.channel;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The peers of a server whose broker reaches no other. */
final class NoPeers implements Peers {
  static final NoPeers INSTANCE = new NoPeers();

  private NoPeers() {}

  @Override
  public void join(String server, Handler handler) {}

  @Override
  public CompletionStage<Answers> ask(String question, Duration deadline) {
    return CompletableFuture.completedStage(Answers.none(/* complete= */ true));
  }

  @Override
  public void leave() {}
}
