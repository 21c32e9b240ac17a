package io.lhttp.client.internal.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lhttp.client.internal.protocol.CloseCodes;
import io.lhttp.client.internal.protocol.RetryAfter;
import io.lhttp.message.CodecLimits;
import io.lhttp.message.Message;
import io.lhttp.message.MessageReader;
import io.lhttp.message.ProtocolException;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket of the JDK, as a transport. It reads one message for each {@link #readNext}, and ends
 * if the server is silent.
 *
 * <p>Each transport has an {@link HttpClient} of its own, because only closing that client reliably
 * frees a connection that hangs. Below JDK 21 the client ends once it is garbage. The client's
 * selector thread does all reading: the JDK's WebSocket (25.0) loses the end of the stream if it
 * comes after a message and before the listener has requested the next one.
 */
final class WebSocketTransport implements Transport, WebSocket.Listener {
  private static final Duration LONGEST = Duration.ofHours(1);

  private final TransportOptions options;
  private final Timer timer;
  private final Optional<String> token;
  private final Owner owner;
  private final MessageReader reader;
  private final HttpClient http;
  private final Liveness liveness;
  private final MessageAssembler assembler = new MessageAssembler();
  private final AtomicBoolean over = new AtomicBoolean();

  /** The JDK's WebSocket. {@link #onOpen} sets it once, before any message. */
  private volatile @Nullable WebSocket webSocket;

  WebSocketTransport(TransportOptions options, Timer timer, Optional<String> token, Owner owner) {
    this.options = options;
    this.timer = timer;
    this.token = token;
    this.owner = owner;
    var settings = HttpClient.newBuilder();
    options.http().accept(settings);
    this.http = settings.executor(Runnable::run).build();
    this.liveness = new Liveness(timer, options.probeInterval(), this::ping, this::silent);
    // Only the whole message's size is limited, so its parts need no limits.
    var max = options.maxReceivedBytes();
    this.reader = new MessageReader(new CodecLimits(max, max, max));
  }

  @Override
  public void open() {
    var builder = http.newWebSocketBuilder();
    if (!NewerJdk.ENDS_HTTP_CLIENTS) {
      // Frees the connection of a handshake that hangs, which nothing else does. The client's timer
      // has given up the handshake before.
      var timeout = options.connectTimeout();
      builder.connectTimeout((timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout).plusSeconds(1));
    }
    options.headers().forEach(header -> builder.header(header.name(), header.value()));
    token.ifPresent(value -> builder.header("Authorization", "Bearer " + value));
    var unused =
        builder
            .buildAsync(options.server(), this)
            .whenComplete((opened, failure) -> {
              if (failure != null) {
                refused(failure);
              }
            });
  }

  @Override
  public CompletableFuture<?> send(Message message) {
    var to = webSocket();
    return switch (message.format()) {
      case TEXT -> to.sendText(new String(message.toBytes(), UTF_8), true);
      case BINARY -> to.sendBinary(ByteBuffer.wrap(message.toBytes()), true);
    };
  }

  @Override
  public void readNext() {
    liveness.reading(true);
    webSocket().request(1);
  }

  /**
   * Reads on, and sends a ping soon, so that the server's pong arrives. Otherwise the JDK's
   * WebSocket (25.0) loses the end of the stream if it comes while no read is requested.
   */
  @Override
  public void resume() {
    readNext();
    liveness.pingSoon();
  }

  @Override
  public void close() {
    var unused = webSocket().sendClose(WebSocket.NORMAL_CLOSURE, "");
  }

  @Override
  public void abort(int code, String reason, Optional<Throwable> cause) {
    if (end(code, reason, cause)) {
      kill();
    }
  }

  @Override
  public void onOpen(WebSocket opened) {
    webSocket = opened;
    if (over.get()) {
      kill();
      return;
    }
    liveness.start();
    if (over.get()) {
      liveness.stop(); // the transport has ended in the meantime
    }
    owner.opened(this);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    liveness.received();
    if (fits(assembler.sizeWith(data))) {
      assembler
          .add(data, last)
          .ifPresentOrElse(bytes -> received(bytes, Message.Format.TEXT), () -> from.request(1));
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    liveness.received();
    if (fits(assembler.sizeWith(data))) {
      assembler
          .add(data, last)
          .ifPresentOrElse(bytes -> received(bytes, Message.Format.BINARY), () -> from.request(1));
    }
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer payload) {
    liveness.received();
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket from, ByteBuffer payload) {
    liveness.received();
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    if (end(
        code, code == CloseCodes.ABNORMAL ? "the connection was cut" : reason, Optional.empty())) {
      // The JDK sends the answer to the close frame after this method returns, so the HTTP client
      // must not be ended at once.
      NewerJdk.shutdown(http);
      var unused = timer.after(CLOSING, this::kill);
    }
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    abort(CloseCodes.ABNORMAL, describe(error), Optional.of(error));
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
      liveness.reading(false);
      owner.malformed(this, e, bytes.length);
      return;
    }
    liveness.reading(false);
    owner.received(this, message);
  }

  private boolean fits(long bytes) {
    if (bytes <= options.maxReceivedBytes()) {
      return true;
    }
    abort(
        CloseCodes.TOO_BIG,
        "the server sent a message of more than " + options.maxReceivedBytes() + " bytes",
        Optional.empty());
    return false;
  }

  private void ping() {
    var unused =
        webSocket()
            .sendPing(ByteBuffer.allocate(0))
            .whenComplete((sent, failure) -> {
              if (failure instanceof IOException) {
                abort(CloseCodes.ABNORMAL, describe(failure), Optional.of(failure));
              }
            });
  }

  private void silent(Duration silence) {
    abort(CloseCodes.ABNORMAL, "nothing came for " + silence, Optional.empty());
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
          CloseCodes.ofHandshake(response.statusCode()),
          "the handshake was answered with HTTP status " + response.statusCode() + pause,
          Optional.of(cause));
    } else {
      abort(CloseCodes.ABNORMAL, describe(cause), Optional.of(cause));
    }
  }

  private boolean end(int code, String reason, Optional<Throwable> cause) {
    if (!over.compareAndSet(false, true)) {
      return false;
    }
    liveness.stop();
    owner.ended(this, code, reason, cause);
    return true;
  }

  private void kill() {
    var open = webSocket;
    if (open != null) {
      open.abort();
    }
    NewerJdk.shutdownNow(http);
  }

  private static String describe(Throwable error) {
    var name = error.getClass().getSimpleName();
    return error.getMessage() == null ? name : name + ": " + error.getMessage();
  }
}
