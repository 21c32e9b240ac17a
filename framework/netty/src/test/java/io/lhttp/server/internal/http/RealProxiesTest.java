package io.lhttp.server.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.AddressBlock;
import io.lhttp.Exchange;
import io.lhttp.Processor;
import io.lhttp.fixture.HowToPage;
import io.lhttp.fixture.Ports;
import io.lhttp.fixture.Programs;
import io.lhttp.fixture.RawClient;
import io.lhttp.message.Message;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Limits;
import io.lhttp.server.TrustedProxies;
import io.lhttp.server.fixture.Servers;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * nginx, HAProxy and Caddy, configured as in docs/how-to, name their clients. The clients are
 * 127.0.0.2 and 127.0.0.3; the proxies reach the server from 127.0.0.1.
 */
class RealProxiesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int LIMIT = 12;
  private static final String JACK = "127.0.0.2";
  private static final String MIKE = "127.0.0.3";
  private static final TrustedProxies TRUSTED =
      TrustedProxies.of(List.of(AddressBlock.parse("127.0.0.1")));

  private static final Processor WHO =
      new Processor() {
        @Override
        public void onMessage(Exchange exchange) {
          var address = exchange.connection().handshake().remote().getAddress();
          exchange.connection().send(Message.of("who", address.getHostAddress()));
        }

        @Override
        public boolean mayBlock() {
          return false;
        }
      };

  @TempDir private Path folder;

  @Test
  void nginx_namesItsClients() throws Exception {
    try (var server = start(TRUSTED);
        var proxy = nginx(server)) {
      clientsAreKnown(proxy.port);
      headersOfClientsAreNotBelieved(proxy.port);
      longTokenArrives(proxy.port);
      eachClientHasItsOwnLimit(proxy.port);
    }
  }

  @Test
  void haproxy_namesItsClients() throws Exception {
    try (var server = start(TRUSTED);
        var proxy = haproxy(server, block("haproxy", "mode http"))) {
      clientsAreKnown(proxy.port);
      headersOfClientsAreNotBelieved(proxy.port);
      longTokenArrives(proxy.port);
      eachClientHasItsOwnLimit(proxy.port);
    }
  }

  @Test
  void haproxy_namesClientsByProxyProtocol() throws Exception {
    var second = block("haproxy", "send-proxy-v2");
    var first = second.replace("send-proxy-v2", "send-proxy");
    for (var configuration : List.of(second, first)) {
      try (var server = start(TRUSTED.withProxyProtocol());
          var proxy = haproxy(server, configuration)) {
        clientsAreKnown(proxy.port);
        headersOfClientsAreNotBelieved(proxy.port);
        eachClientHasItsOwnLimit(proxy.port);
      }
    }
  }

  @Test
  void caddy_namesItsClients() throws Exception {
    try (var server = start(TRUSTED);
        var proxy = caddy(server)) {
      clientsAreKnown(proxy.port);
      headersOfClientsAreNotBelieved(proxy.port);
      longTokenArrives(proxy.port);
      eachClientHasItsOwnLimit(proxy.port);
    }
  }

  private static LhttpServer start(TrustedProxies proxies) throws IOException {
    return Servers.start(builder ->
        builder
            .trustedProxies(proxies)
            .processor("who", WHO)
            .limits(
                Limits.builder()
                    .connectionsPerAddress(LIMIT)
                    .pingInterval(Duration.ofMinutes(10))
                    .build()));
  }

  private static void clientsAreKnown(int port) throws IOException {
    for (var address : List.of(JACK, MIKE)) {
      try (var client = connect(port, address)) {
        client.send(handshake(port));
        assertThat(client.answer().status()).isEqualTo(101);
        assertThat(who(client)).isEqualTo(address);
      }
      try (var client = connect(port, address)) {
        client.send(handshake(port, "Origin: http://127.0.0.1:" + port));
        assertThat(client.answer().status()).as("a page of its own").isEqualTo(101);
      }
      try (var client = connect(port, address)) {
        client.send(handshake(port, "Origin: http://evil.example"));
        assertThat(client.answer().status()).isEqualTo(403);
      }
    }
  }

  private static void headersOfClientsAreNotBelieved(int port) throws IOException {
    for (var spoofed :
        List.of(
            "X-Forwarded-For: 198.51.100.9",
            "X-Forwarded-For: 198.51.100.9\r\nX-Forwarded-For: 198.51.100.8",
            "X-Forwarded-For: 198.51.100.9, 127.0.0.1",
            "Forwarded: for=198.51.100.9",
            "X-Real-IP: 198.51.100.9\r\nX-Forwarded-Host: evil.example",
            "Forwarded: for=\"\r\nX-Forwarded-For: \"")) {
      try (var client = connect(port, JACK)) {
        client.send(handshake(port, spoofed, "Origin: http://127.0.0.1:" + port));
        assertThat(client.answer().status()).as(spoofed).isEqualTo(101);
        assertThat(who(client)).as(spoofed).isEqualTo(JACK);
      }
    }
  }

  /** A token of 11 KB, as that of a user in 200 groups, arrives in a header and in the path. */
  private static void longTokenArrives(int port) throws IOException {
    var token = "x".repeat(11_000);
    for (var request :
        List.of(
            handshake(port, "Authorization: Bearer " + token),
            handshake(port, "Cookie: token=" + token),
            handshake(port).replace("GET / ", "GET /?token=" + token + " "))) {
      try (var client = connect(port, JACK)) {
        client.send(request);
        assertThat(client.answer().status()).isEqualTo(101);
        assertThat(who(client)).isEqualTo(JACK);
      }
    }
  }

  private static void eachClientHasItsOwnLimit(int port) throws IOException {
    var open = new ArrayList<RawClient>();
    try {
      // The server may not have noticed the end of earlier connections yet.
      var until = System.nanoTime() + PATIENCE.toNanos();
      while (open.size() < LIMIT) {
        assertThat(System.nanoTime()).isLessThan(until);
        opened(port, JACK).ifPresent(open::add);
      }
      assertThat(opened(port, JACK)).isEmpty();
      var other = opened(port, MIKE);
      while (other.isEmpty()) {
        assertThat(System.nanoTime()).isLessThan(until);
        other = opened(port, MIKE);
      }
      open.add(other.get());
      assertThat(who(open.getFirst())).isEqualTo(JACK);
      assertThat(who(open.getLast())).isEqualTo(MIKE);
    } finally {
      for (var client : open) {
        client.close();
      }
    }
  }

  /**
   * Opens a WebSocket. Empty if it is refused: with 429, or by a closed socket if the PROXY
   * protocol is used.
   */
  private static Optional<RawClient> opened(int port, String address) throws IOException {
    var client = connect(port, address);
    try {
      var status = client.send(handshake(port)).answer().status();
      if (status == 101) {
        return Optional.of(client);
      }
      assertThat(status).isEqualTo(429);
    } catch (IOException e) {
      // The server has closed the socket.
    }
    client.close();
    return Optional.empty();
  }

  private static RawClient connect(int port, String address) throws IOException {
    var socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
    return RawClient.connect(port, socket);
  }

  private static String handshake(int port, String... headers) {
    return RawClient.handshake("/", headers).replace("Host: test", "Host: 127.0.0.1:" + port);
  }

  private static String who(RawClient client) throws IOException {
    client.text("LHTTP/1.0 who\r\n\r\n");
    var text = client.frame().text();
    return text.substring(text.indexOf("\r\n\r\n") + 4);
  }

  /** Starts nginx with the page's configuration, on a free port. */
  private Running nginx(LhttpServer server) throws Exception {
    var program = program("nginx");
    var port = Ports.free();
    var site =
        block("nginx", "listen 443")
            .replace("listen 443 ssl http2;", "listen 127.0.0.1:" + port + ";")
            .replace("127.0.0.1:8081", "127.0.0.1:" + server.port());
    var paths = new StringBuilder();
    for (var kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      paths.append("%s_temp_path %s/%s;%n".formatted(kind, folder, kind));
    }
    var configuration =
        Files.writeString(
            folder.resolve("nginx.conf"),
            """
            daemon off;
            master_process off;
            pid %s/nginx.pid;
            events {}
            http {
            access_log off;
            %s
            %s
            }
            """
                .formatted(folder, paths, site));
    return Running.start(
        folder,
        port,
        program,
        "-e",
        "stderr",
        "-p",
        folder.toString(),
        "-c",
        configuration.toString());
  }

  private Running haproxy(LhttpServer server, String block) throws Exception {
    var program = program("haproxy");
    var port = Ports.free();
    var configuration =
        Files.writeString(
            folder.resolve("haproxy.cfg"),
            "global\n    maxconn 200\n"
                + block
                    .replaceFirst("bind :443[^\n]*", "bind 127.0.0.1:" + port)
                    .replace("127.0.0.1:8081", "127.0.0.1:" + server.port()));
    return Running.start(folder, port, program, "-db", "-f", configuration.toString());
  }

  private Running caddy(LhttpServer server) throws Exception {
    var program = program("caddy");
    var port = Ports.free();
    var site =
        block("caddy", "reverse_proxy")
            .replaceFirst("example.com", "http://127.0.0.1:" + port)
            .replace("127.0.0.1:8081", "127.0.0.1:" + server.port());
    var configuration =
        Files.writeString(
            folder.resolve("Caddyfile"), "{\n    admin off\n    auto_https off\n}\n" + site);
    return Running.start(
        folder,
        port,
        "env",
        "HOME=" + folder,
        program,
        "run",
        "--config",
        configuration.toString(),
        "--adapter",
        "caddyfile");
  }

  /** Returns the block that contains these words, from the page of this program. */
  private static String block(String program, String words) throws IOException {
    return new HowToPage(program + ".md").block(program, words);
  }

  private static String program(String name) {
    var found = Programs.find(name);
    Assumptions.assumeTrue(found.isPresent(), "missing program: " + name);
    return found.orElseThrow().toString();
  }

  /** A proxy that accepts connections. */
  private record Running(Process process, int port) implements AutoCloseable {
    static Running start(Path folder, int port, String... command) throws Exception {
      var output = folder.resolve("output.txt");
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      var running = new Running(process, port);
      var until = System.nanoTime() + PATIENCE.toNanos();
      while (!listens(port)) {
        if (!process.isAlive() || System.nanoTime() > until) {
          running.close();
          throw new IOException(
              String.join(" ", command) + " did not start:\n" + Files.readString(output));
        }
        process.waitFor(20, TimeUnit.MILLISECONDS);
      }
      return running;
    }

    private static boolean listens(int port) throws IOException {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
        return true;
      } catch (ConnectException e) {
        return false;
      }
    }

    @Override
    public void close() {
      process.destroyForcibly();
      process.onExit().orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
    }
  }
}
