package io.lhttp.bench.rivals.dialect;

import io.lhttp.bench.Client;
import io.lhttp.bench.Dialect;
import io.lhttp.bench.FrameCounter;
import io.lhttp.bench.LoadBytes;
import io.lhttp.bench.Protocol;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The NATS protocol in binary frames. */
public final class NatsWebSocket implements Dialect {
  private static final String BENCH = "bench";
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
    return join(List.of(BENCH)).getFirst();
  }

  @Override
  public List<byte[]> join(List<String> channels) {
    var subscriptions =
        IntStream.range(0, channels.size())
            .mapToObj(i -> "SUB %s %d\r\n".formatted(channels.get(i), i + 1))
            .collect(Collectors.joining());
    return List.of(LoadBytes.binary(subscriptions + "PING\r\n"));
  }

  @Override
  public byte[] publish() {
    return publish(BENCH);
  }

  @Override
  public byte[] publish(String channel) {
    return LoadBytes.binary("PUB %s %d\r\n%s\r\n".formatted(channel, body.length(), body));
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
