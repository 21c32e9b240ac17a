package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.function.Supplier;

/** Every connection keeps a window of requests under way, and sends one for each answer. */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in channelInactive
public final class PipelinedLoad implements Workload {
  private final int window;
  private final int size;
  private final ByteBuf requests;
  private final List<Pipelined> clients;
  private volatile boolean running = true;

  /**
   * @param window a power of two
   */
  public PipelinedLoad(
      Driver driver,
      Target target,
      int connections,
      int window,
      Supplier<? extends Protocol> protocol,
      byte[] request)
      throws Exception {
    this.window = window;
    this.size = request.length;
    this.requests = LoadBytes.repeat(request, window);
    this.clients = driver.open(target, connections, meter -> new Pipelined(meter, protocol.get()));
  }

  @Override
  public void start() {
    for (var client : clients) {
      client.context().executor().execute(() -> client.send(window));
    }
  }

  @Override
  public void stop() {
    running = false;
  }

  @Override
  public void close() {
    running = false;
    clients.forEach(Client::leave);
    requests.release();
  }

  private final class Pipelined extends Client {
    private final long[] sentAt = new long[window];
    private long sent;
    private long answered;

    Pipelined(Meter meter, Protocol protocol) {
      super(meter, protocol);
    }

    void send(int count) {
      var now = System.nanoTime();
      for (var i = 0; i < count; i++) {
        sentAt[(int) (sent++ & (window - 1))] = now;
      }
      meter().expected += count;
      send(requests, size, count);
    }

    @Override
    protected void onReceived(int answers) {
      var now = System.nanoTime();
      var latency = meter().latency;
      for (var i = 0; i < answers; i++) {
        latency.record(now - sentAt[(int) (answered++ & (window - 1))]);
      }
      if (running) {
        send(answers);
      }
    }
  }
}
