package io.lhttp.server.internal.lifecycle;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a PROXY header of version 1, a line of text, and leaves all others to Netty's decoder.
 * Netty's own reader of lines refuses port 0, which health checks of proxies send. One for each
 * connection, on its event loop; it leaves the pipeline with its header.
 */
final class ProxyLineDecoder extends ByteToMessageDecoder {
  /** The longest line in bytes, with its end, as the specification of the protocol has it. */
  private static final int LONGEST = 107;

  /** The most bytes of the additional values in a header of version 2. */
  private static final int MAX_VALUES = 4096;

  private static final String BEGIN = "PROXY ";
  private static final ByteBuf END =
      Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer("\r\n".getBytes(US_ASCII)));
  private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");
  private static final int HIGHEST_PORT = 65_535;

  @Override
  protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
    if (in.getByte(in.readerIndex()) != BEGIN.charAt(0)) {
      context.pipeline().addAfter(context.name(), null, new HAProxyMessageDecoder(MAX_VALUES));
      context.pipeline().remove(this); // passes the bytes on
      return;
    }
    var head = in.slice(in.readerIndex(), Math.min(in.readableBytes(), LONGEST));
    var end = ByteBufUtil.indexOf(END, head);
    if (end >= 0) {
      out.add(header(head.toString(0, end, US_ASCII)));
      in.skipBytes(end + END.readableBytes());
      context.pipeline().remove(this);
    } else if (head.readableBytes() == LONGEST) {
      throw new HAProxyProtocolException("a line of more than " + LONGEST + " bytes");
    }
  }

  /** Reads a line without its end. */
  private static HAProxyMessage header(String line) {
    if (line.equals("PROXY UNKNOWN") || line.startsWith("PROXY UNKNOWN ")) {
      return message(HAProxyProxiedProtocol.UNKNOWN, null, null, 0, 0);
    }
    var words = line.split(" ", -1);
    if (words.length != 6 || !line.startsWith(BEGIN)) {
      throw new HAProxyProtocolException("not the words of a PROXY header");
    }
    var protocol =
        switch (words[1]) {
          case "TCP4" -> HAProxyProxiedProtocol.TCP4;
          case "TCP6" -> HAProxyProxiedProtocol.TCP6;
          default -> throw new HAProxyProtocolException("expected TCP4, TCP6 or UNKNOWN");
        };
    return message(protocol, words[2], words[3], port(words[4]), port(words[5]));
  }

  private static int port(String word) {
    var port = PORT.matcher(word).matches() ? Integer.parseInt(word) : HIGHEST_PORT + 1;
    if (port > HIGHEST_PORT) {
      throw new HAProxyProtocolException("a port is 0 to " + HIGHEST_PORT);
    }
    return port;
  }

  private static HAProxyMessage message(
      HAProxyProxiedProtocol protocol,
      @Nullable String source,
      @Nullable String destination,
      int sourcePort,
      int destinationPort) {
    try {
      return new HAProxyMessage(
          HAProxyProtocolVersion.V1,
          HAProxyCommand.PROXY,
          protocol,
          source,
          destination,
          sourcePort,
          destinationPort);
    } catch (IllegalArgumentException e) { // an address of the other family, or none
      throw new HAProxyProtocolException(e);
    }
  }
}
