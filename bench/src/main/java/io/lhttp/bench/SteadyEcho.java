package io.lhttp.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection that asks for echoes and takes the time from when each was due. */
final class SteadyEcho implements WebSocket.Listener, AutoCloseable {
  private static final long SECONDS = 60;

  private final HttpClient http = HttpClient.newHttpClient();
  private final ConcurrentLinkedQueue<Long> due = new ConcurrentLinkedQueue<>();
  private final Semaphore answered = new Semaphore(0);
  private final Histogram times = new Histogram();
  private final WebSocket socket;
  private int sent;

  SteadyEcho(String address) throws Exception {
    socket =
        http.newWebSocketBuilder()
            .buildAsync(URI.create(address), this)
            .get(SECONDS, TimeUnit.SECONDS);
  }

  /**
   * @param at of {@link System#nanoTime}: when it was to be sent
   */
  void send(long at) throws Exception {
    due.add(at);
    sent++;
    socket.sendText("LHTTP/1.0 echo\r\n\r\nhello", true).get(SECONDS, TimeUnit.SECONDS);
  }

  /** Waits for the answers that are still to come. */
  void await() throws InterruptedException {
    if (!answered.tryAcquire(sent, SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("an echo did not come");
    }
  }

  /** To be called after {@link #await}. */
  Histogram times() {
    return times;
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    var at = due.poll();
    if (last && at != null) {
      times.record(System.nanoTime() - at);
      answered.release();
    }
    socket.request(1);
    return null;
  }

  @Override
  public void close() {
    socket.abort();
    http.shutdownNow();
  }
}
