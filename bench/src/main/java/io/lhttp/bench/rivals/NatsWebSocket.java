package io.lhttp.bench.rivals;

import io.lhttp.bench.Client;
import io.lhttp.bench.Dialect;
import io.lhttp.bench.FrameCounter;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Protocol;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The NATS protocol in binary frames. */
final class NatsWebSocket implements Dialect {
  private static final byte[] PONG = LoadBytes.binary("PONG\r\n");

  private static final byte[] HELLO =
      LoadBytes.binary("CONNECT {\"verbose\":false,\"pedantic\":false,\"protocol\":1}\r\nPING\r\n");

  private final String body = LoadBytes.payload(LoadBytes.chat());

  @Override
  public Protocol subscriber() {
    return new Connection();
  }

  @Override
  public Protocol publisher() {
    return new Connection();
  }

  @Override
  public byte[] echo() {
    throw new UnsupportedOperationException("NATS has no echo");
  }

  @Override
  public byte[] join() {
    return LoadBytes.binary("SUB bench 1\r\nPING\r\n");
  }

  @Override
  public byte[] publish() {
    return LoadBytes.binary("PUB bench %d\r\n%s\r\n".formatted(body.length(), body));
  }

  /** Answers the server's pings. */
  private static final class Connection implements Protocol {
    private final Protocol frames =
        new Protocol.WebSocket(
            LoadBytes.handshake("/"), HELLO, 1, new FrameCounter(new NatsOperations(this::pong)));
    private @Nullable Client client;

    @Override
    public void connected(Client client) {
      this.client = client;
      frames.connected(client);
    }

    @Override
    public int count(Client client, ByteBuf in) throws IOException {
      return frames.count(client, in);
    }

    private void pong() {
      if (client != null) {
        client.send(PONG);
      }
    }
  }
}
