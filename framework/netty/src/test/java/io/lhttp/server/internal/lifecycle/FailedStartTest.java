package io.lhttp.server.internal.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lhttp.Filter;
import io.lhttp.server.LhttpServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A start that fails closes its filters. */
class FailedStartTest {
  @TempDir private Path folder;
  private final AtomicInteger closed = new AtomicInteger();

  @Test
  void start_portTaken_closesFilters() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertFails(builder().host("127.0.0.1").port(taken.getLocalPort()));
    }
  }

  @Test
  void start_missingFolder_closesFilters() {
    assertFails(builder().port(0).publicFolder(folder.resolve("nowhere")));
  }

  @Test
  void start_unusableTlsFiles_closesFilters() throws Exception {
    var file = Files.writeString(folder.resolve("cert.pem"), "no certificate");

    assertFails(builder().port(0).tls(file, file));
  }

  private LhttpServer.Builder builder() {
    return LhttpServer.builder().eventLoops(1).filter("checks", new Checking());
  }

  private void assertFails(LhttpServer.Builder builder) {
    assertThatThrownBy(builder::start).isInstanceOf(Exception.class);
    assertThat(closed).hasValue(1);
  }

  private final class Checking implements Filter, AutoCloseable {
    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }
}
