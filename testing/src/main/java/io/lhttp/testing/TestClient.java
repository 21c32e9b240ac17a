package io.lhttp.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.CloseStatus;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A blocking WebSocket client for tests over a real socket. Used by one thread.
 *
 * <p>A test fails if a message does not arrive within {@link #PATIENCE}, or if the connection ends
 * while the test waits for one.
 */
public final class TestClient implements AutoCloseable {
  /** The longest time that a test waits for a message or a close. */
  public static final Duration PATIENCE = Duration.ofSeconds(90);

  /** The code that the JDK reports for a close frame without a code. */
  private static final int NO_CODE = 1005;

  /** The code that the JDK reports for a connection that ended without a close frame. */
  private static final int CUT = 1006;

  /**
   * The HTTP client that all test clients share. Its selector thread does all reading, because the
   * JDK's WebSocket (25.0) otherwise loses the end of a stream right after a message.
   */
  private static final HttpClient HTTP = HttpClient.newBuilder().executor(Runnable::run).build();

  /** The received messages, and at the end an event for the close. */
  private final BlockingQueue<Event> received = new LinkedBlockingQueue<>();

  private final CompletableFuture<CloseStatus> closed = new CompletableFuture<>();
  private final WebSocket socket;

  private sealed interface Event {
    record Received(Message message) implements Event {}

    record Ended(String why) implements Event {}
  }

  private TestClient(URI uri) {
    socket = await(HTTP.newWebSocketBuilder().buildAsync(uri, new Listener()), "a handshake");
  }

  /** Opens a connection. The test fails if the server refuses it. */
  public static TestClient connect(URI uri) {
    return new TestClient(uri);
  }

  public void send(Message message) {
    if (message.format() == Message.Format.TEXT) {
      send(new String(message.toBytes(), UTF_8));
    } else {
      await(socket.sendBinary(ByteBuffer.wrap(message.toBytes()), true), "a message to go out");
    }
  }

  /** Sends a text frame unchanged, well-formed or not. */
  public void send(String text) {
    await(socket.sendText(text, true), "a message to go out");
  }

  /** Returns the next message. */
  public Message receive() {
    try {
      return switch (received.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        case Event.Received(var message) -> message;
        case Event.Ended ended -> {
          received.add(ended);
          throw new AssertionError("no message came, but " + ended.why);
        }
        case null -> throw new AssertionError("no message came within " + PATIENCE);
      };
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for a message", e);
    }
  }

  /** Returns the next {@code count} messages. */
  public List<Message> receive(int count) {
    var messages = new ArrayList<Message>(count);
    while (messages.size() < count) {
      messages.add(receive());
    }
    return messages;
  }

  /** Sends a message and returns the next one that arrives. */
  public Message request(Message message) {
    send(message);
    return receive();
  }

  /** Subscribes. Returns once the server has acknowledged the subscription. */
  public void subscribe(String... channels) {
    acknowledged("subscribe", channels);
  }

  /** Unsubscribes. Returns once the server has acknowledged that. */
  public void unsubscribe(String... channels) {
    acknowledged("unsubscribe", channels);
  }

  /**
   * Whether no unread message has arrived. A test can rely on it only after an exchange that must
   * have ended.
   */
  public boolean idle() {
    return received.isEmpty();
  }

  /** Waits for the server's close, and returns its status. */
  public CloseStatus closed() {
    return await(closed, "a close");
  }

  /** Closes the connection with 1000. */
  @Override
  public void close() {
    socket
        .sendClose(WebSocket.NORMAL_CLOSURE, "")
        .orTimeout(1, TimeUnit.SECONDS)
        .exceptionally(e -> socket) // the connection is closed already, or the server does not read
        .join();
    socket.abort();
  }

  private void acknowledged(String verb, String... channels) {
    var request =
        Message.builder(verb).header(verb, String.join(" ", channels)).header("ack", "true");
    var reply = request(request.build());
    if (!reply.headers().is("status", "200")) {
      throw new AssertionError("no %s: %s".formatted(verb, new String(reply.toBytes(), UTF_8)));
    }
  }

  private static <T> T await(Future<T> future, String what) {
    try {
      return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + what, e);
    } catch (ExecutionException e) {
      throw new AssertionError("waited in vain for " + what + ": " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("waited " + PATIENCE + " in vain for " + what, e);
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      partial.writeBytes(data.toString().getBytes(UTF_8));
      return end(socket, last, Message.Format.TEXT);
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      var bytes = new byte[data.remaining()];
      data.get(bytes);
      partial.writeBytes(bytes);
      return end(socket, last, Message.Format.BINARY);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      received.add(new Event.Ended("the server closed with " + code + " " + reason));
      switch (code) {
        case NO_CODE -> closed.completeExceptionally(new AssertionError("a close without a code"));
        case CUT -> closed.completeExceptionally(new AssertionError("the connection was cut"));
        default -> closed.complete(new CloseStatus(code, reason));
      }
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      received.add(new Event.Ended("the connection failed: " + error));
      closed.completeExceptionally(error);
    }

    private CompletionStage<?> end(WebSocket socket, boolean last, Message.Format format) {
      if (last) {
        var bytes = partial.toByteArray();
        partial.reset();
        received.add(new Event.Received(MessageReader.DEFAULT.read(bytes, format)));
      }
      socket.request(1);
      return CompletableFuture.completedStage(null);
    }
  }
}
