package io.lhttp.server.internal.http;

import io.lhttp.Handshake;
import io.lhttp.server.internal.address.Client;
import io.lhttp.server.internal.address.Peer;
import io.lhttp.server.internal.connection.FrameHandler;
import io.lhttp.server.internal.connection.ServerContext;
import io.lhttp.server.internal.lifecycle.ServerInitializer;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.KeptMemory;
import io.lhttp.server.internal.tracing.ServerTracing;
import io.lhttp.server.internal.websocket.Compression;
import io.lhttp.server.internal.websocket.FrameDecoder;
import io.lhttp.tracing.Span;
import io.lhttp.tracing.TraceContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Upgrades an HTTP request to a WebSocket connection, or refuses the request with a reason. One for
 * each server; runs on the connection's event loop.
 */
public final class Upgrade {
  private static final String VERSION = "13";
  private static final int KEY_BYTES = 16;
  private static final String SUBPROTOCOL = "lhttp";

  /** Headers that only the handshake needs; a {@link Handshake} leaves them out. */
  private static final Set<String> OF_THE_HANDSHAKE =
      Set.of(
          "upgrade",
          "connection",
          "sec-websocket-key",
          "sec-websocket-version",
          "sec-websocket-extensions",
          "accept-encoding",
          "cache-control",
          "pragma");

  /**
   * Names of headers that browsers and proxies send. All connections share these strings, which
   * would otherwise take some 50 bytes each.
   */
  private static final Map<String, String> SHARED_NAMES =
      Stream.of(
              "host",
              "origin",
              "user-agent",
              "accept",
              "accept-language",
              "cookie",
              "authorization",
              "dnt",
              "priority",
              "sec-fetch-dest",
              "sec-fetch-mode",
              "sec-fetch-site",
              "sec-fetch-storage-access",
              "sec-gpc",
              "sec-websocket-protocol",
              "traceparent",
              "tracestate",
              "via",
              "forwarded",
              "x-forwarded-for",
              "x-forwarded-host",
              "x-forwarded-port",
              "x-forwarded-proto",
              "x-real-ip",
              "x-request-id")
          .collect(Collectors.toUnmodifiableMap(name -> name, name -> name));

  private final ServerContext server;
  private final Admission admission;
  private final boolean compression;
  private final SessionFactory sessions;
  private final WebSocketDecoderConfig plain;
  private final WebSocketDecoderConfig compressed;

  /** Creates a session and its frame handler after the handshake. */
  @FunctionalInterface
  public interface SessionFactory {
    FrameHandler create(Channel channel, Handshake handshake, boolean compressed);
  }

  public Upgrade(
      ServerContext server, Admission admission, boolean compression, SessionFactory sessions) {
    this.server = server;
    this.admission = admission;
    this.compression = compression;
    this.sessions = sessions;
    var config =
        WebSocketDecoderConfig.newBuilder()
            .maxFramePayloadLength(server.limits().messageBytes())
            .closeOnProtocolViolation(false)
            .withUTF8Validator(false);
    this.plain = config.allowExtensions(false).build();
    this.compressed = config.allowExtensions(true).build();
  }

  void handle(
      ChannelHandlerContext context, FullHttpRequest request, Client client, HttpAnswer answer) {
    var tracing = server.tracing();
    var span = tracing == null ? Span.NONE : begin(tracing, context, request, client);
    answer.end(span);
    var headers = request.headers();
    if (server.draining().get()) {
      var response = HttpReplies.refusal(503, "draining");
      HttpReplies.retryAfter(response, 1);
      answer.send(response);
    } else if (server.budget().spent()) {
      answer.refuseForMemory(server.counters());
    } else if (!admission.allowsHandshake(client, server.limits().handshakesPerAddress())) {
      server.counters().rejected.increment();
      var response = HttpReplies.refusal(429, "too many handshakes from this address");
      HttpReplies.retryAfter(response, 1);
      answer.send(response);
    } else if (!request.method().equals(HttpMethod.GET)) {
      answer.allowOnly("GET");
    } else if (!VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
      var response = HttpReplies.refusal(426, "only WebSocket version 13 is spoken here");
      response.headers().set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
      answer.send(response);
    } else if (!validKey(headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY))) {
      answer.refuse(400, "one Sec-WebSocket-Key of 16 bytes is needed");
    } else if (!admission.allowsOrigin(context.channel(), client, headers)) {
      answer.refuse(403, "this origin may not connect");
    } else {
      shakeHands(context, request, client, answer, span);
    }
  }

  private static Span begin(
      ServerTracing tracing,
      ChannelHandlerContext context,
      FullHttpRequest request,
      Client client) {
    return tracing.handshake(
        request.headers().getAll(TraceContext.PARENT),
        request.headers().getAll(TraceContext.STATE),
        client,
        Peer.of(context.channel()).trusted());
  }

  private void shakeHands(
      ChannelHandlerContext context,
      FullHttpRequest request,
      Client client,
      HttpAnswer answer,
      Span span) {
    var handshake = handshake(request, client);
    if (!server.budget().kept().allows(0, KeptMemory.ofHandshake(handshake))) {
      answer.refuseForMemory(server.counters());
      return;
    }
    var extensions =
        compression
            ? Compression.accept(request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS))
            : Optional.<String>empty();
    var further = new DefaultHttpHeaders();
    extensions.ifPresent(e -> further.set(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS, e));
    var config = extensions.isPresent() ? compressed : plain;
    onlyToWebSocket(request.headers());
    try {
      new Handshaker(config, server.budget())
          .handshake(context.channel(), request, further, context.newPromise())
          .addListener(done -> {
            if (done.isSuccess()) {
              answer.begin();
              ServerTracing.upgraded(span, context.channel());
              upgraded(context, handshake, extensions.isPresent(), answer);
            } else {
              context.close();
            }
          });
    } catch (WebSocketHandshakeException e) {
      answer.refuse(400, "this is no handshake of a WebSocket");
    }
  }

  /**
   * Rewrites the header {@code Upgrade} to {@code websocket} alone: a client may list several
   * protocols, but Netty accepts no list.
   */
  private static void onlyToWebSocket(HttpHeaders headers) {
    headers.set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET);
    headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
  }

  /** Replaces the HTTP handlers after the handshake; see {@link ServerInitializer}. */
  private void upgraded(
      ChannelHandlerContext context, Handshake handshake, boolean compressed, HttpAnswer answer) {
    try {
      var pipeline = context.pipeline();
      context.channel().config().setAutoRead(true);
      pipeline.remove(HttpHandler.WRITES);
      pipeline.remove(HttpHandler.CHUNKS);
      pipeline.remove("wsencoder"); // Frames encodes all frames
      pipeline.replace(
          context.handler(), "session", sessions.create(context.channel(), handshake, compressed));
    } catch (RuntimeException | Error e) {
      answer.fail(e); // Netty would leave the connection open
    }
  }

  /** Netty's handshaker with a frame decoder that counts its bytes in the budget. */
  private static final class Handshaker extends WebSocketServerHandshaker13 {
    private final Budget budget;

    Handshaker(WebSocketDecoderConfig config, Budget budget) {
      super("", SUBPROTOCOL, config);
      this.budget = budget;
    }

    @Override
    protected WebSocketFrameDecoder newWebsocketDecoder() {
      return new FrameDecoder(decoderConfig(), budget);
    }
  }

  /** Whether the request has one key, of 16 bytes in base64 (RFC 6455, section 4.1). */
  private static boolean validKey(List<String> keys) {
    if (keys.size() != 1) {
      return false;
    }
    try {
      return Base64.getDecoder().decode(keys.getFirst()).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static Handshake handshake(FullHttpRequest request, Client client) {
    return new Handshake(client.address(), request.uri(), headers(request.headers()));
  }

  private static Map<String, List<String>> headers(HttpHeaders headers) {
    var kept = new HashMap<String, List<String>>();
    for (var header : headers) {
      var name = header.getKey().toLowerCase(Locale.ROOT);
      if (!OF_THE_HANDSHAKE.contains(name)) {
        kept.computeIfAbsent(SHARED_NAMES.getOrDefault(name, name), n -> new ArrayList<>(1))
            .add(header.getValue());
      }
    }
    kept.replaceAll((name, values) -> List.copyOf(values));
    return kept;
  }
}
