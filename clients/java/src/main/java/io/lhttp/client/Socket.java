package io.lhttp.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.message.CodecLimits;
import io.lhttp.message.Header;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.message.ProtocolException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket from its handshake to its end: joins fragments, reads when it is told to, and
 * notices a server that has gone silent.
 *
 * <p>It has an {@link HttpClient} of its own, because only that one's end surely frees a connection
 * that hangs. All reading is done by that client's selector thread, with no hand-over to another:
 * the JDK's WebSocket (25.0) loses the end of the stream where it comes after a message and before
 * the listener has asked for the next one.
 */
final class Socket implements WebSocket.Listener {
  /** Pauses in reading cause no more than a ping in this time: servers count them. */
  static final Duration PING_PACE = Duration.ofSeconds(1);

  /** Called by the selector thread, a timer's or a writer's; may not block. */
  interface Owner {
    void opened(Socket socket);

    /** A message. The next one is read once {@link Socket#readOn} is called. */
    void received(Socket socket, Message message);

    /** A message that is none; otherwise as {@link #received}. */
    void malformed(Socket socket, ProtocolException why, int bytes);

    /** It has ended or could not be opened: the last call, and it comes once. */
    void ended(Socket socket, int code, String reason, Optional<Throwable> cause);
  }

  /**
   * @param handshake how long the handshake may take
   * @param http makes the clients; their executor has to be the calling thread
   * @param pings the pause between the answer to a ping and the next one
   * @param maxMessageBytes what a received message may hold
   */
  record Settings(
      URI uri,
      List<Header> headers,
      Supplier<HttpClient> http,
      Duration handshake,
      Duration pings,
      int maxMessageBytes,
      Timer timer) {}

  private final Settings settings;
  private final Optional<String> token;
  private final Owner owner;
  private final MessageReader reader;
  private final HttpClient http;
  private final AtomicBoolean over = new AtomicBoolean();

  // Set once by onOpen, before any message.
  private volatile @Nullable WebSocket webSocket;

  // Used by the reading thread alone, of which there is one at a time.
  private StringBuilder text = new StringBuilder();
  private ByteArrayOutputStream binary = new ByteArrayOutputStream();

  /** The newest ping; what was scheduled for an older one does nothing. */
  private final AtomicInteger ping = new AtomicInteger();

  private final AtomicBoolean pingSoon = new AtomicBoolean();
  private volatile boolean reading;
  private volatile boolean heard = true;
  private volatile Timer.Cancel deadline = () -> {};

  Socket(Settings settings, Optional<String> token, Owner owner) {
    this.settings = settings;
    this.token = token;
    this.owner = owner;
    this.http = settings.http.get();
    // A message's size is the only limit, so its head has none of its own.
    this.reader =
        new MessageReader(
            new CodecLimits(
                settings.maxMessageBytes, settings.maxMessageBytes, settings.maxMessageBytes));
  }

  Optional<String> token() {
    return token;
  }

  void open() {
    deadline =
        settings.timer.after(
            settings.handshake,
            () ->
                abort(
                    Closed.ABNORMAL,
                    "the handshake took more than " + settings.handshake,
                    Optional.empty()));
    var builder = http.newWebSocketBuilder();
    settings.headers.forEach(header -> builder.header(header.name(), header.value()));
    token.ifPresent(value -> builder.header("Authorization", "Bearer " + value));
    var _ =
        builder
            .buildAsync(settings.uri, this)
            .whenComplete((_, failure) -> {
              if (failure != null) {
                refused(failure);
              }
            });
  }

  /** Completes once the message is on its way; one at a time. */
  CompletableFuture<WebSocket> send(Message message) {
    var to = webSocket();
    return switch (message.format()) {
      case TEXT -> to.sendText(new String(message.toBytes(), UTF_8), true);
      case BINARY -> to.sendBinary(ByteBuffer.wrap(message.toBytes()), true);
    };
  }

  /** Lets the next message come. */
  void readOn() {
    reading = true;
    webSocket().request(1);
  }

  /**
   * Goes on reading after a pause, and makes sure that there is still something to read from: the
   * end of a stream that comes while nothing is asked for is lost in the JDK's WebSocket (25.0).
   */
  void resume() {
    readOn();
    if (!pingSoon.getAndSet(true)) {
      var _ =
          settings.timer.after(
              PING_PACE,
              () -> {
                pingSoon.set(false);
                ping();
              });
    }
  }

  /** Closes with 1000; ends at the server's answer. */
  void close() {
    var _ = webSocket().sendClose(WebSocket.NORMAL_CLOSURE, "");
  }

  /** Ends it without a closing handshake. */
  void abort(int code, String reason, Optional<Throwable> cause) {
    if (end(code, reason, cause)) {
      kill();
    }
  }

  @Override
  public void onOpen(WebSocket opened) {
    webSocket = opened;
    deadline.cancel();
    if (over.get()) {
      kill();
      return;
    }
    ping();
    owner.opened(this);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    heard = true;
    // UTF-8 takes at least one byte for each UTF-16 unit.
    if (fits((long) text.length() + data.length())) {
      text.append(data);
      if (last) {
        var bytes = text.toString().getBytes(UTF_8);
        text = new StringBuilder();
        received(bytes, Message.Format.TEXT);
      } else {
        from.request(1);
      }
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    heard = true;
    if (fits((long) binary.size() + data.remaining())) {
      var chunk = new byte[data.remaining()];
      data.get(chunk);
      binary.writeBytes(chunk);
      if (last) {
        var bytes = binary.toByteArray();
        binary = new ByteArrayOutputStream();
        received(bytes, Message.Format.BINARY);
      } else {
        from.request(1);
      }
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer payload) {
    heard = true;
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer payload) {
    heard = true;
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    if (end(code, code == Closed.ABNORMAL ? "the connection was cut" : reason, Optional.empty())) {
      // The answer goes out after this returns, so the connection lives a little longer.
      http.shutdown();
      var _ = settings.timer.after(Link.CLOSING, this::kill);
    }
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    abort(Closed.ABNORMAL, describe(error), Optional.of(error));
  }

  private WebSocket webSocket() {
    var open = webSocket;
    if (open == null) {
      throw new IllegalStateException("not open yet");
    }
    return open;
  }

  private void received(byte[] bytes, Message.Format format) {
    if (!fits(bytes.length)) {
      return;
    }
    Message message;
    try {
      message = reader.read(bytes, format);
    } catch (ProtocolException e) {
      reading = false;
      owner.malformed(this, e, bytes.length);
      return;
    }
    reading = false;
    owner.received(this, message);
  }

  private boolean fits(long bytes) {
    if (bytes <= settings.maxMessageBytes) {
      return true;
    }
    abort(
        Closed.TOO_BIG,
        "the server sent a message of more than " + settings.maxMessageBytes + " bytes",
        Optional.empty());
    return false;
  }

  /** Sends a ping and waits for a sign of life. */
  private void ping() {
    if (over.get()) {
      return;
    }
    var mine = ping.incrementAndGet();
    heard = false;
    var _ =
        webSocket()
            .sendPing(ByteBuffer.allocate(0))
            .whenComplete((_, failure) -> {
              if (failure instanceof IOException) {
                abort(Closed.ABNORMAL, describe(failure), Optional.of(failure));
              }
            });
    var patience = settings.pings.dividedBy(3);
    deadline = settings.timer.after(patience, () -> look(mine, patience));
  }

  /** A reader that pauses hears nothing, so only one that reads can miss an answer. */
  private void look(int asked, Duration patience) {
    var alive = heard || !reading;
    if (asked != ping.get() || over.get()) {
      return;
    }
    if (!alive) {
      abort(Closed.ABNORMAL, "the server gave no sign of life for " + patience, Optional.empty());
      return;
    }
    deadline =
        settings.timer.after(
            settings.pings,
            () -> {
              if (asked == ping.get()) {
                ping();
              }
            });
  }

  private void refused(Throwable failure) {
    var cause =
        failure instanceof CompletionException e && e.getCause() != null ? e.getCause() : failure;
    if (cause instanceof WebSocketHandshakeException e && e.getResponse() != null) {
      var response = e.getResponse();
      var pause =
          response
              .headers()
              .firstValue("retry-after")
              .filter(value -> RetryAfter.ofHeader(value).isPresent())
              .map(value -> "; retry-after=" + value.strip())
              .orElse("");
      abort(
          Closed.ofHandshake(response.statusCode()),
          "the handshake was answered with HTTP status " + response.statusCode() + pause,
          Optional.of(cause));
    } else {
      abort(Closed.ABNORMAL, describe(cause), Optional.of(cause));
    }
  }

  private boolean end(int code, String reason, Optional<Throwable> cause) {
    if (!over.compareAndSet(false, true)) {
      return false;
    }
    deadline.cancel();
    owner.ended(this, code, reason, cause);
    return true;
  }

  private void kill() {
    var open = webSocket;
    if (open != null) {
      open.abort();
    }
    http.shutdownNow();
  }

  private static String describe(Throwable error) {
    var name = error.getClass().getSimpleName();
    return error.getMessage() == null ? name : name + ": " + error.getMessage();
  }
}
