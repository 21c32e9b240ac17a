package io.lhttp.testing;

import io.lhttp.CloseCode;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A client that waits: for tests over a real socket. What does not come within {@link #PATIENCE}
 * fails the test. For one thread.
 */
public final class TestClient implements AutoCloseable {
  /** How long it waits for a message or a close. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  private final BlockingQueue<Message> received = new LinkedBlockingQueue<>();
  private final CompletableFuture<CloseCode> closed = new CompletableFuture<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;

  private TestClient(URI uri) {
    socket = http.newWebSocketBuilder().buildAsync(uri, new Listener()).join();
  }

  public static TestClient connect(URI uri) {
    return new TestClient(uri);
  }

  public void send(Message message) {
    if (message.format() == Message.Format.TEXT) {
      send(new String(message.toBytes(), StandardCharsets.UTF_8));
    } else {
      socket.sendBinary(ByteBuffer.wrap(message.toBytes()), true).join();
    }
  }

  /** Sends a text frame as it is, well-formed or not. */
  public void send(String text) {
    socket.sendText(text, true).join();
  }

  /** The next message. */
  public Message receive() {
    try {
      var message = received.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (message == null) {
        throw new AssertionError("no message came within " + PATIENCE);
      }
      return message;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for a message", e);
    }
  }

  /** Sends a message and returns the next one that comes. */
  public Message request(Message message) {
    send(message);
    return receive();
  }

  /** Subscribes, and returns once the server has acknowledged it. */
  public void subscribe(String... channels) {
    var reply =
        request(
            Message.builder("subscribe")
                .header("subscribe", String.join(" ", channels))
                .header("ack", "true")
                .build());
    if (!reply.headers().is("status", "200")) {
      throw new AssertionError(
          "not subscribed: " + new String(reply.toBytes(), StandardCharsets.UTF_8));
    }
  }

  /** Whether nothing has come that was not received; for after an exchange that must be over. */
  public boolean idle() {
    return received.isEmpty();
  }

  /** What the server closed the connection with; waits for it. */
  public CloseCode closed() {
    try {
      return closed.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for the close", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("the server did not close the connection", e);
    }
  }

  /** Closes with 1000. */
  @Override
  public void close() {
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").exceptionally(e -> socket).join();
    socket.abort();
    http.shutdownNow();
  }

  private final class Listener implements WebSocket.Listener {
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      partial.writeBytes(data.toString().getBytes(StandardCharsets.UTF_8));
      end(socket, last, Message.Format.TEXT);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      var bytes = new byte[data.remaining()];
      data.get(bytes);
      partial.writeBytes(bytes);
      end(socket, last, Message.Format.BINARY);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      closed.complete(new CloseCode(code, reason));
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.completeExceptionally(error);
    }

    private void end(WebSocket socket, boolean last, Message.Format format) {
      if (last) {
        received.add(MessageReader.DEFAULT.read(partial.toByteArray(), format));
        partial.reset();
      }
      socket.request(1);
    }
  }
}
