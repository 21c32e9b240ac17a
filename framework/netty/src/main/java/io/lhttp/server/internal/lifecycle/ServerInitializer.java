package io.lhttp.server.internal.lifecycle;

import io.lhttp.server.Limits;
import io.lhttp.server.internal.address.Peer;
import io.lhttp.server.internal.connection.FrameHandler;
import io.lhttp.server.internal.http.Admission;
import io.lhttp.server.internal.http.HttpHandler;
import io.lhttp.server.internal.http.Requests;
import io.lhttp.server.internal.limit.Budget;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.stream.ChunkedWriteHandler;
import io.netty.handler.timeout.WriteTimeoutHandler;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Sets up the handlers of each accepted connection. After the handshake there remain TLS with its
 * guard, the frame decoder and {@link FrameHandler}.
 */
public final class ServerInitializer extends ChannelInitializer<SocketChannel> {
  static final String TLS = "tls";

  private final Limits limits;
  private final Budget budget;
  private final Admission admission;
  private final Optional<Tls> tls;
  private final Supplier<HttpHandler> http;

  public ServerInitializer(
      Limits limits,
      Budget budget,
      Admission admission,
      Optional<Tls> tls,
      Supplier<HttpHandler> http) {
    this.limits = limits;
    this.budget = budget;
    this.admission = admission;
    this.tls = tls;
    this.http = http;
  }

  @Override
  protected void initChannel(SocketChannel channel) {
    if (!admission.gate().admit(channel)) {
      channel.close();
      return;
    }
    var proxies = admission.proxies();
    var remote = Peer.remote(channel);
    var secure = tls.isPresent();
    var peer = new Peer(remote, secure, proxies.trusts(remote));
    var pipeline = channel.pipeline();
    if (peer.trusted() && proxies.proxyProtocol()) {
      pipeline.addLast(new ProxyLineDecoder());
      pipeline.addLast(new ProxyHeader(proxies, admission.gate(), admission.refusals(), secure));
    } else if (!ProxyHeader.admits(peer, channel, admission.gate())) {
      channel.close();
      return;
    }
    tls.ifPresent(t -> pipeline.addLast(new TlsGuard()).addLast(TLS, t.handler(channel)));
    pipeline.addLast(
        HttpHandler.WRITES,
        new WriteTimeoutHandler(limits.writeTime().toMillis(), TimeUnit.MILLISECONDS));
    pipeline.addLast("responses", new HttpResponseEncoder());
    var requests = http.get();
    pipeline.addLast("http", new Requests.Decoder(limits, budget, requests::busy));
    pipeline.addLast("body", new Requests(limits, budget));
    pipeline.addLast(HttpHandler.CHUNKS, new ChunkedWriteHandler());
    pipeline.addLast("requests", requests);
  }
}
