package io.lhttp.filters.presence;

/** A ticker that runs its task only when a test says so, on the test's thread. */
final class ManualTicker implements PresenceLoop.Ticker {
  private Runnable task = () -> {};

  /** Runs the task once. Does nothing before the start and after the end. */
  void tick() {
    task.run();
  }

  @Override
  public void start(Runnable started) {
    task = started;
  }

  @Override
  public void stop() {
    task = () -> {};
  }
}
