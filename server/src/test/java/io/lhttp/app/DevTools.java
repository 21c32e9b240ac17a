package io.lhttp.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client of Chrome's debugging protocol, as DevTools are. Not thread-safe. */
public final class DevTools implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int PATIENCE_SECONDS = 60;

  /**
   * Runs tasks on its selector's thread, because the JDK's WebSocket (25.0) otherwise loses the end
   * of a connection right after a message.
   */
  private final HttpClient http = HttpClient.newBuilder().executor(Runnable::run).build();

  private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
  private final WebSocket socket;
  private int requests;

  public DevTools(URI uri) {
    socket = http.newWebSocketBuilder().buildAsync(uri, new Listener()).join();
  }

  /** Sends a request. Returns its result, and drops the events before it. */
  public JsonNode ask(String method, Map<String, ?> parameters) throws Exception {
    var id = ++requests;
    socket
        .sendText(
            JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true)
        .join();
    for (var message = next(); ; message = next()) {
      if (message.path("id").asInt() == id) {
        return message.path("result");
      }
    }
  }

  /**
   * Waits for the next event of this name. Returns its parameters, and drops the messages before
   * it.
   */
  public JsonNode event(String method) throws InterruptedException {
    for (var message = next(); ; message = next()) {
      if (message.path("method").asText().equals(method)) {
        return message.path("params");
      }
    }
  }

  private JsonNode next() throws InterruptedException {
    var message = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (message == null) {
      throw new AssertionError("the debugger says nothing");
    }
    if (message.isMissingNode()) {
      messages.add(message);
      throw new AssertionError("the debugger has closed the connection");
    }
    return message;
  }

  @Override
  public void close() {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
    http.shutdownNow();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        try {
          messages.add(JSON.readTree(text.toString()));
        } catch (Exception e) {
          throw new AssertionError(e);
        }
        text.setLength(0);
      }
      return WebSocket.Listener.super.onText(from, data, last);
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      messages.add(MissingNode.getInstance());
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      messages.add(MissingNode.getInstance());
    }
  }
}
