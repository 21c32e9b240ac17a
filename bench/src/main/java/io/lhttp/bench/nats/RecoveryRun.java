package io.lhttp.bench.nats;

import io.lhttp.bench.AppServer;
import io.lhttp.bench.Client;
import io.lhttp.bench.Driver;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Meter;
import io.lhttp.bench.Protocol;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Clients that reconnect at the same time, each a number of messages behind on one channel. No
 * client was subscribed to these channels before.
 */
record RecoveryRun(Driver driver, AppServer server, int clients, int channels, int behind) {
  /** The prefix of the channels' names. */
  static final String KEPT = "kept-";

  /** Each publisher has channels of its own, because the order per channel counts. */
  private static final int PUBLISHERS = 16;

  /** Publishes the missed messages and reconnects the clients. Returns the duration in seconds. */
  double run(LiveChannel live) throws Exception {
    var names = IntStream.range(0, channels).mapToObj(i -> KEPT + i).toList();
    var positions = Positions.of(server.uri(), names);
    publish(names);
    live.longestMillis(); // drops the latencies that were measured while publishing
    var begin = System.nanoTime();
    var back = driver.open(server.target(), clients, Returning::new);
    for (var i = 0; i < clients; i++) {
      var client = back.get(i);
      var channel = names.get(i % channels);
      var frame = LoadBytes.recover(channel, position(positions, channel));
      client.context().executor().execute(() -> client.recover(frame, 1 + behind));
    }
    var lost = driver.settle();
    var end = back.stream().mapToLong(Returning::lastAt).max().orElse(begin);
    back.forEach(Client::leave);
    if (lost > 0) {
      throw new IOException(lost + " messages were not recovered");
    }
    return (end - begin) / 1e9;
  }

  private static String position(Map<String, String> positions, String channel) throws IOException {
    var position = positions.get(channel);
    if (position == null) {
      throw new IOException("no position of " + channel);
    }
    return position;
  }

  private void publish(List<String> names) throws Exception {
    var publishers = driver.open(server.target(), PUBLISHERS, Returning::new);
    for (var i = 0; i < names.size(); i++) {
      var publisher = publishers.get(i % PUBLISHERS);
      var frames = Unpooled.buffer();
      for (var n = 0; n < behind; n++) {
        frames.writeBytes(LoadBytes.acknowledgedChat(names.get(i)));
      }
      publisher.context().executor().execute(() -> publisher.publish(frames, behind));
    }
    var lost = driver.settle();
    publishers.forEach(Client::leave);
    if (lost > 0) {
      throw new IOException(lost + " publications were not acknowledged");
    }
  }

  private static final class Returning extends Client {
    private volatile long lastAt;

    Returning(Meter meter) {
      super(meter, new Protocol.WebSocket());
    }

    long lastAt() {
      return lastAt;
    }

    void recover(byte[] frame, int messages) {
      meter().expected += messages;
      send(frame);
    }

    void publish(ByteBuf frames, int count) {
      meter().expected += count;
      send(frames);
    }

    @Override
    protected void onReceived(int messages) {
      lastAt = System.nanoTime();
    }
  }
}
