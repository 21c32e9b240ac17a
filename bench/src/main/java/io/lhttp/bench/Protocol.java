package io.lhttp.bench;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/**
 * The beginning of a connection and the counting of its messages. One instance serves one client.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write ends in channelInactive
public interface Protocol {
  /** Called when the TCP connection exists. It must call {@link Client#open}, now or later. */
  void connected(Client client);

  /** Reads bytes; returns the number of messages that ended in them. */
  int count(Client client, ByteBuf in) throws IOException;

  /** Performs the handshake, counts frames and answers pings. */
  final class WebSocket implements Protocol {
    private static final byte[] NOTHING = {};

    private final ResponseReader handshake = new ResponseReader();
    private final FrameCounter frames;
    private final byte[] request;
    private final byte[] hello;

    /** The messages that must come before the connection counts as open. */
    private int greetings;

    private boolean upgraded;

    public WebSocket() {
      this(LoadBytes.handshake());
    }

    private WebSocket(byte[] request) {
      this(request, NOTHING, 0, new FrameCounter());
    }

    /**
     * @param hello the bytes sent after the handshake
     * @param greetings the number of messages that the server sends before the connection counts as
     *     open; they are not counted
     */
    public WebSocket(byte[] request, byte[] hello, int greetings, FrameCounter frames) {
      this.request = request;
      this.hello = hello;
      this.greetings = greetings;
      this.frames = frames;
    }

    static WebSocket withToken() {
      return new WebSocket(LoadBytes.handshakeWithToken());
    }

    @Override
    public void connected(Client client) {
      client.send(request);
    }

    @Override
    public int count(Client client, ByteBuf in) throws IOException {
      if (!upgraded) {
        var status = handshake.next(in);
        if (status == 0) {
          return 0;
        }
        if (status != 101) {
          throw new IOException("the handshake was answered with %d, not 101".formatted(status));
        }
        upgraded = true;
        if (hello.length > 0) {
          client.send(hello);
        }
        if (greetings == 0) {
          client.open();
        }
      }
      var messages = frames.count(in, (opcode, payload) -> control(client, opcode, payload));
      return greetings > 0 ? messages - greeted(client, messages) : messages;
    }

    private int greeted(Client client, int messages) {
      var taken = Math.min(messages, greetings);
      greetings -= taken;
      if (greetings == 0) {
        client.open();
      }
      return taken;
    }

    private static void control(Client client, int opcode, byte[] payload) throws IOException {
      if (opcode == FrameCounter.PING) {
        client.send(LoadBytes.pong(payload));
      } else if (opcode == FrameCounter.CLOSE) {
        var code = payload.length < 2 ? 1005 : ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
        throw new IOException("the server closed a connection with %d".formatted(code));
      }
    }
  }

  /** Counts HTTP responses, which must all have the status 200. */
  final class Http implements Protocol {
    private final ResponseReader responses = new ResponseReader();

    @Override
    public void connected(Client client) {
      client.open();
    }

    @Override
    public int count(Client client, ByteBuf in) throws IOException {
      var count = 0;
      while (in.isReadable()) {
        var status = responses.next(in);
        if (status == 200) {
          count++;
        } else if (status != 0) {
          throw new IOException("a request was answered with %d, not 200".formatted(status));
        }
      }
      return count;
    }
  }
}
