package io.lhttp.bench.nats;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Asks for the positions of channels, as a client without a position does. */
final class Positions implements WebSocket.Listener {
  private static final int AT_ONCE = 64;
  private static final int PATIENCE_SECONDS = 30;
  private static final Pattern SUBSCRIPTION_REPLY =
      Pattern.compile("\r\nchannel:(\\S+)\r\n.*?position:(\\S+)\r\n", Pattern.DOTALL);

  private final Map<String, String> known = new ConcurrentHashMap<>();
  private final StringBuilder text = new StringBuilder();
  private final CountDownLatch missing;

  private Positions(int channels) {
    missing = new CountDownLatch(channels);
  }

  /** Returns the positions by channel, after all subscriptions have ended. */
  static Map<String, String> of(URI server, List<String> channels) throws Exception {
    var positions = new Positions(channels.size());
    // The selector's thread reads, as the JDK's WebSocket (25.0) otherwise loses the end of a
    // connection right after a message.
    var http = HttpClient.newBuilder().executor(Runnable::run).build();
    try {
      var socket = http.newWebSocketBuilder().buildAsync(server, positions).join();
      for (var from = 0; from < channels.size(); from += AT_ONCE) {
        var some = channels.subList(from, Math.min(from + AT_ONCE, channels.size()));
        socket.sendText(question(some), true).join();
      }
      if (!positions.missing.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new TimeoutException(positions.missing.getCount() + " channels have no position");
      }
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    } finally {
      http.shutdownNow();
    }
    return Map.copyOf(positions.known);
  }

  private static String question(List<String> channels) {
    return "LHTTP/1.0 join\r\nsubscribe:%s\r\nsince:%s\r\n\r\n"
        .formatted(
            String.join(" ", channels),
            channels.stream().map(channel -> "now").collect(Collectors.joining(" ")));
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      var reply = SUBSCRIPTION_REPLY.matcher(text);
      if (reply.find()) {
        known.put(reply.group(1), reply.group(2));
        missing.countDown();
      }
      text.setLength(0);
    }
    return WebSocket.Listener.super.onText(from, data, last);
  }
}
