package io.lhttp.testing;

import io.lhttp.server.LhttpServer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A server on a free port of the loopback address, for one test, or, in a static field, for all
 * tests of a class. It works with JUnit 5.11 and newer, and with JUnit 6.
 *
 * <pre>{@code
 * @RegisterExtension
 * final LhttpServerExtension server =
 *     new LhttpServerExtension(builder -> builder.processor("echo", e -> e.send(e.request().body())));
 * }</pre>
 */
public final class LhttpServerExtension
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
  private final Consumer<LhttpServer.Builder> configure;
  private final List<TestClient> clients = new ArrayList<>();
  private @Nullable LhttpServer server;
  private boolean forAll;

  /**
   * @param configure sets further options of the server; host and port are set already
   */
  public LhttpServerExtension(Consumer<LhttpServer.Builder> configure) {
    this.configure = configure;
  }

  public LhttpServer server() {
    return Objects.requireNonNull(server, "the server runs during tests only");
  }

  public URI uri() {
    return server().uri();
  }

  /** Opens a connection to this server. It is closed after the test. */
  public TestClient connect() {
    var client = TestClient.connect(uri());
    clients.add(client);
    return client;
  }

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    forAll = true;
    start();
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    if (!forAll) {
      start();
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    clients.forEach(TestClient::close);
    clients.clear();
    if (!forAll) {
      stop();
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    stop();
  }

  private void start() throws Exception {
    var builder =
        LhttpServer.builder().host("127.0.0.1").port(0).transport(TestTransport.current());
    configure.accept(builder);
    server = builder.start();
  }

  private void stop() {
    if (server != null) {
      server.close();
      server = null;
    }
  }
}
