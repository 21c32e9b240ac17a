package io.lhttp.server.internal.http;

import io.lhttp.server.Limits;
import io.lhttp.server.internal.limit.Budget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpMessage;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpContentException;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Whole HTTP requests, or what is wrong with one as its {@link DecoderResult}. A request whose end
 * two programs could see at different places is wrong (RFC 9112, section 11.2).
 */
public final class Requests extends HttpObjectAggregator {
  /** An event: the client of the request that has just begun waits for {@code 100 Continue}. */
  record Expecting() {}

  private final Budget budget;

  /** Of the body that is being received. */
  private long received;

  /** The server's memory is spent: a body is refused, or cut off. */
  public static final class SpentException extends Exception {
    private static final long serialVersionUID = 1;

    private SpentException() {
      super(Budget.REFUSAL, null, false, false);
    }
  }

  public Requests(Limits limits, Budget budget) {
    super(limits.messageBytes(), true);
    this.budget = budget;
  }

  @Override
  protected void decode(ChannelHandlerContext context, HttpObject part, List<Object> out)
      throws Exception {
    if (part instanceof HttpRequest request && request.decoderResult().isSuccess()) {
      begin(context, request);
    }
    if (part instanceof HttpRequest request
        && request.decoderResult().isSuccess()
        && (HttpUtil.isTransferEncodingChunked(request) || HttpUtil.isContentLengthSet(request))
        && budget.spent()) {
      request.setDecoderResult(DecoderResult.failure(new SpentException()));
    }
    super.decode(context, part, out);
  }

  private void begin(ChannelHandlerContext context, HttpRequest request) {
    var version = request.protocolVersion();
    var expectations = request.headers().getAll(HttpHeaderNames.EXPECT);
    // Netty would answer it at once, before the requests that came earlier.
    request.headers().remove(HttpHeaderNames.EXPECT);
    if (!version.protocolName().equals("HTTP")) {
      request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("no HTTP")));
    } else if (version.majorVersion() != 1) {
      refuse(request, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    } else if (!unambiguous(request)) {
      request.setDecoderResult(
          DecoderResult.failure(new IllegalArgumentException("ambiguous request")));
    } else if (!expectations.isEmpty() && version.compareTo(HttpVersion.HTTP_1_1) >= 0) {
      if (expectations.size() > 1
          || !expectations.getFirst().equalsIgnoreCase(HttpHeaderValues.CONTINUE.toString())) {
        refuse(request, 417, "nothing but 100-continue can be expected");
      } else if (HttpUtil.getContentLength(request, 0L) <= maxContentLength()) {
        context.fireUserEventTriggered(new Expecting());
      }
    }
  }

  private static void refuse(HttpRequest request, int status, String reason) {
    request.setDecoderResult(DecoderResult.failure(new RefusedRequestException(status, reason)));
  }

  /** A body counts while it is being received; then its message does. */
  @Override
  protected void aggregate(FullHttpMessage aggregated, HttpContent content) throws Exception {
    super.aggregate(aggregated, content);
    var bytes = content.content().readableBytes();
    budget.add(Budget.Part.RECEIVED, bytes);
    received += bytes;
    if (budget.over()) {
      giveBack(); // the socket closes only after others have been read
      throw new SpentException();
    }
  }

  @Override
  protected void finishAggregation(FullHttpMessage aggregated) throws Exception {
    giveBack();
    super.finishAggregation(aggregated);
  }

  private void giveBack() {
    if (received > 0) {
      budget.add(Budget.Part.RECEIVED, -received);
      received = 0;
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) throws Exception {
    giveBack();
    super.handlerRemoved(context);
  }

  /**
   * Netty's aggregator would read on where it has half a request, even while the socket is not to
   * be read: a client could have one request after the other taken in while the first is answered.
   */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.fireChannelReadComplete();
  }

  /** The body is thrown away; the refusal waits for its turn as any other answer. */
  @Override
  protected void handleOversizedMessage(ChannelHandlerContext context, HttpMessage oversized) {
    giveBack();
    var request = (HttpRequest) oversized;
    var refused =
        new DefaultFullHttpRequest(request.protocolVersion(), request.method(), request.uri());
    refused.headers().set(request.headers());
    refused.setDecoderResult(DecoderResult.failure(new TooLongHttpContentException()));
    context.fireChannelRead(refused);
  }

  /** One host, and no transfer coding but {@code chunked}, nor that in HTTP/1.0. */
  private static boolean unambiguous(HttpRequest request) {
    var headers = request.headers();
    var hosts = headers.getAll(HttpHeaderNames.HOST).size();
    var codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    var current = request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) >= 0;
    return hosts < 2
        && (hosts == 1 || !current)
        && (codings.isEmpty()
            || (current && codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked")));
  }

  /** The beginning and the header of requests, and the chunks of their bodies. */
  public static final class Decoder extends HttpRequestDecoder {
    private final BooleanSupplier paused;
    private boolean held;
    private boolean inHead = true;
    private boolean lineEnded;
    private boolean folded;

    /**
     * @param paused asked before every step: while it is true, bytes are kept as they came
     */
    public Decoder(Limits limits, BooleanSupplier paused) {
      super(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(limits.handshakeBytes())
              .setMaxHeaderSize(limits.handshakeBytes())
              .setAllowDuplicateContentLengths(false)
              .setStrictLineParsing(true));
      this.paused = paused;
    }

    /** Takes what was kept, now that nothing is paused any more. */
    void resume(ChannelHandlerContext context) {
      if (!held) {
        return;
      }
      held = false;
      try {
        channelRead(context, Unpooled.EMPTY_BUFFER);
      } catch (Exception e) {
        context.fireExceptionCaught(e);
      }
    }

    /** Netty's decoder would read on where it got bytes and made nothing of them. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
      if (held) {
        discardSomeReadBytes();
        context.fireChannelReadComplete();
      } else {
        super.channelReadComplete(context);
      }
    }

    /**
     * Refuses a header line that is continued on the next one, which Netty joins. As long as a head
     * is read, a step of the decoder takes bytes of that head and of nothing else.
     */
    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
        throws Exception {
      if (paused.getAsBoolean()) {
        held = true;
        return;
      }
      var begin = in.readerIndex();
      super.decode(context, in, out);
      if (inHead) {
        folded |= folds(in, begin);
      }
      for (var part : out) {
        if (part instanceof HttpRequest request) {
          if (folded && request.decoderResult().isSuccess()) {
            request.setDecoderResult(
                DecoderResult.failure(new IllegalArgumentException("folded header")));
          }
          inHead = false;
        }
        if (part instanceof LastHttpContent) {
          inHead = true;
          folded = false;
          lineEnded = false;
        }
      }
    }

    /** Whether a blank follows the end of a line in what was taken since {@code begin}. */
    private boolean folds(ByteBuf in, int begin) {
      for (var i = begin; i < in.readerIndex(); i++) {
        var b = in.getByte(i);
        if (lineEnded && (b == ' ' || b == '\t')) {
          return true;
        }
        lineEnded = b == '\n';
      }
      return false;
    }

    /** Netty would take the chunks' word. */
    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
      throw new IllegalArgumentException("both Content-Length and Transfer-Encoding");
    }
  }
}
