package io.lhttp.server.internal.http;

import static io.netty.buffer.Unpooled.EMPTY_BUFFER;

import io.lhttp.server.Limits;
import io.lhttp.server.internal.limit.Budget;
import io.lhttp.server.internal.limit.UndecodedBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpMessage;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpContentException;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * Aggregates whole HTTP requests. An invalid request is passed on with its error as the {@link
 * DecoderResult}. Confined to the connection's event loop.
 *
 * <p>A request whose end could be read in two ways is invalid (RFC 9112, section 11.2).
 */
public final class Requests extends HttpObjectAggregator {
  /** The form of a request's target that names a scheme and a host. */
  private static final Pattern ABSOLUTE =
      Pattern.compile("(?i:https?|wss?)://([^/?#@\\\\\\s]+)([/?].*)?");

  /** The event that the client of the current request waits for {@code 100 Continue}. */
  record Expecting() {}

  /** The most pieces in which a body that arrives in chunks is kept before they are joined. */
  private static final int MAX_PIECES = 128;

  private final Budget budget;

  /** The number of bytes of the current body that the budget counts. */
  private long received;

  /** Thrown for a request's body because the server is short of memory. */
  public static final class SpentException extends Exception {
    private static final long serialVersionUID = 1;

    private SpentException() {
      super(Budget.REFUSAL, null, false, false);
    }
  }

  public Requests(Limits limits, Budget budget) {
    super(limits.messageBytes(), true);
    setMaxCumulationBufferComponents(MAX_PIECES);
    this.budget = budget;
  }

  @Override
  protected void decode(ChannelHandlerContext context, HttpObject part, List<Object> out)
      throws Exception {
    if (part instanceof HttpRequest request && request.decoderResult().isSuccess()) {
      begin(context, request);
    }
    if (part instanceof HttpContent chunk && !(part instanceof LastHttpContent)) {
      decodeCopy(context, chunk, out);
    } else {
      super.decode(context, part, out);
    }
  }

  /**
   * Keeps a copy of a chunk. The chunk itself is a part of the buffer into which the socket was
   * read, so that one byte of a body could keep thousands of bytes in memory.
   */
  private void decodeCopy(ChannelHandlerContext context, HttpContent chunk, List<Object> out)
      throws Exception {
    var copy = chunk.replace(Unpooled.copiedBuffer(chunk.content()));
    try {
      super.decode(context, copy, out);
    } finally {
      copy.release();
    }
  }

  private void begin(ChannelHandlerContext context, HttpRequest request) {
    check(context, request);
    if (request.decoderResult().isFailure()) {
      return;
    }
    toPath(request);
    var hasBody =
        HttpUtil.isTransferEncodingChunked(request) || HttpUtil.isContentLengthSet(request);
    if (hasBody && budget.spent()) {
      request.setDecoderResult(DecoderResult.failure(new SpentException()));
    }
  }

  /**
   * Refuses a request that is not sound HTTP/1, and reports a client that waits for {@code 100
   * Continue}.
   */
  private void check(ChannelHandlerContext context, HttpRequest request) {
    var version = request.protocolVersion();
    var expectations = request.headers().getAll(HttpHeaderNames.EXPECT);
    // Removed, because Netty would answer the header before the answers to earlier requests.
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

  /**
   * Reduces a target such as {@code http://example.com/a?b}, as clients of a proxy send it, to
   * {@code /a?b}. Its host replaces the header {@code Host} (RFC 9112, section 3.2.2).
   */
  private static void toPath(HttpRequest request) {
    if (request.uri().startsWith("/")) {
      return; // as nearly all requests do
    }
    var absolute = ABSOLUTE.matcher(request.uri());
    if (absolute.matches()) {
      var path = absolute.group(2);
      request.headers().set(HttpHeaderNames.HOST, absolute.group(1));
      request.setUri(path == null ? "/" : path.startsWith("/") ? path : "/" + path);
    }
  }

  private static void refuse(HttpRequest request, int status, String reason) {
    request.setDecoderResult(DecoderResult.failure(new RefusedRequestException(status, reason)));
  }

  /**
   * Counts the bytes of a body in the budget while they arrive. Once the request is complete, the
   * exchange counts its message instead.
   */
  @Override
  protected void aggregate(FullHttpMessage aggregated, HttpContent content) throws Exception {
    super.aggregate(aggregated, content);
    var bytes = content.content().readableBytes();
    budget.add(Budget.Part.RECEIVED, bytes);
    received += bytes;
    if (budget.over()) {
      giveBack(); // at once, because the socket is closed only after other connections were read
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
   * Does not read on, as Netty's aggregator would after half a request. Otherwise a client could
   * send many requests while the first is answered.
   */
  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    context.fireChannelReadComplete();
  }

  /** Discards the body. The handler refuses the request after it has answered earlier ones. */
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

  /**
   * Whether the request has exactly one host (at most one in HTTP/1.0), and no transfer coding but
   * {@code chunked} (none in HTTP/1.0).
   */
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

  /**
   * Decodes the request lines, headers and chunks of bodies.
   *
   * <p>A head or trailer has a bounded number of lines, because each line takes much more memory
   * than its bytes. The budget counts an incomplete head or trailer.
   */
  public static final class Decoder extends HttpRequestDecoder {
    /** The most lines of a head or trailer, with the request line and the empty line. */
    static final int MAX_LINES = 128;

    /** The estimated memory of a header line in bytes, beyond its text. */
    private static final int LINE = 128;

    private final UndecodedBytes undecoded;
    private final BooleanSupplier paused;
    private boolean held;
    private boolean inHead = true;

    /** Whether the request was refused, so that the server discards all later bytes. */
    private boolean refused;

    /** The lines and bytes that were decoded since the last decoded part of a request. */
    private int lines;

    private int bytes;

    private boolean lineEnded;
    private boolean folded;

    /**
     * @param paused asked before every step; while it returns true, bytes stay undecoded
     */
    public Decoder(Limits limits, Budget budget, BooleanSupplier paused) {
      super(
          new HttpDecoderConfig()
              .setMaxInitialLineLength(limits.handshakeBytes())
              .setMaxHeaderSize(limits.handshakeBytes())
              .setAllowDuplicateContentLengths(false)
              .setStrictLineParsing(true));
      this.undecoded = new UndecodedBytes(budget);
      this.paused = paused;
    }

    /** Decodes the kept bytes after a pause. */
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

    /** Does not read on while bytes stay undecoded, as Netty's decoder would. */
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
     * Decodes one step, and refuses folded header lines, which Netty would join. A step within the
     * header block consumes no byte after it.
     */
    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out)
        throws Exception {
      if (refused) {
        in.skipBytes(in.readableBytes());
        return;
      }
      if (paused.getAsBoolean()) {
        held = true;
        return;
      }
      var begin = in.readerIndex();
      super.decode(context, in, out);
      if (inHead || out.isEmpty()) {
        readLines(in, begin);
      }
      if (out.isEmpty()) {
        if (lines > MAX_LINES) {
          refuse(context, out);
        } else if (!undecoded.resize(bytes + lines * LINE)) {
          undecoded.release();
          throw new SpentException();
        }
        return;
      }
      for (var part : out) {
        if (part instanceof HttpRequest request) {
          endOfHead(request);
        }
        if (part instanceof LastHttpContent last) {
          endOfTrailer(last);
        }
      }
      lines = 0;
      bytes = 0;
      undecoded.release();
    }

    private void endOfHead(HttpRequest request) {
      if (folded && request.decoderResult().isSuccess()) {
        request.setDecoderResult(
            DecoderResult.failure(new IllegalArgumentException("folded header")));
      }
      if (lines > MAX_LINES && request.decoderResult().isSuccess()) {
        request.setDecoderResult(DecoderResult.failure(tooManyLines()));
      }
      inHead = false;
      lines = 0; // the last part may follow at once, and these lines are none of its own
    }

    /** The lines of a trailer's last read are not counted, but its headers are. */
    private void endOfTrailer(LastHttpContent last) {
      if (Math.max(lines, last.trailingHeaders().size()) > MAX_LINES
          && last.decoderResult().isSuccess()) {
        last.setDecoderResult(DecoderResult.failure(tooManyLines()));
      }
      inHead = true;
      folded = false;
      lineEnded = false;
    }

    /**
     * Refuses the request whose head or trailer has too many lines, and lets go of those that were
     * decoded.
     */
    private void refuse(ChannelHandlerContext context, List<Object> out) throws Exception {
      refused = true;
      if (inHead) {
        var request =
            new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/", EMPTY_BUFFER);
        request.setDecoderResult(DecoderResult.failure(tooManyLines()));
        out.add(request);
      } else {
        var trailer = new DefaultLastHttpContent(EMPTY_BUFFER);
        trailer.setDecoderResult(DecoderResult.failure(tooManyLines()));
        out.add(trailer);
      }
      undecoded.release();
      reset();
      super.decode(context, EMPTY_BUFFER, out); // Netty's decoder drops the lines
    }

    private static TooLongHttpHeaderException tooManyLines() {
      return new TooLongHttpHeaderException("more than " + MAX_LINES + " lines");
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) throws Exception {
      undecoded.release();
      super.handlerRemoved0(context);
    }

    /** Reads the bytes taken since {@code begin}: counts lines, and finds folded ones. */
    private void readLines(ByteBuf in, int begin) {
      bytes += in.readerIndex() - begin;
      for (var i = begin; i < in.readerIndex(); i++) {
        var b = in.getByte(i);
        if (inHead && lineEnded && (b == ' ' || b == '\t')) {
          folded = true;
        }
        lineEnded = b == '\n';
        if (lineEnded) {
          lines++;
        }
      }
    }

    /** Refuses a request with both framings; Netty would ignore the content length. */
    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
      throw new IllegalArgumentException("both Content-Length and Transfer-Encoding");
    }
  }
}
