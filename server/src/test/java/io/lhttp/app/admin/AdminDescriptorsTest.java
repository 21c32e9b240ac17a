package io.lhttp.app.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.app.http.HttpListener;
import io.lhttp.app.settings.AdminAccess;
import io.lhttp.fixture.LimitedJvm;
import io.lhttp.fixture.TakenDescriptors;
import io.lhttp.internal.log.ErrorLog;
import io.lhttp.server.LhttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The admin listener of a process without file descriptors pauses until it has some again. */
class AdminDescriptorsTest {
  private static final int DESCRIPTORS = 400;
  private static final String REQUEST = "GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n";

  /** A process with few file descriptors, which takes all that are left. */
  static final class Exhausted {
    private Exhausted() {}

    @SuppressWarnings("SystemOut")
    public static void main(String[] args) throws Exception {
      var server = LhttpServer.builder().host("127.0.0.1").port(0).eventLoops(1).start();
      var access = new AdminAccess("127.0.0.1", 0, Optional.empty());
      var admin =
          new AdminServer(access, new FakeOperatedServer(server), FakeOperatedServer.NO_API);
      var port = admin.uri().getPort();
      try (var warm = new Socket(InetAddress.getLoopbackAddress(), port)) {
        warm.getOutputStream().write(REQUEST.getBytes(US_ASCII));
        warm.getInputStream().readAllBytes(); // loads classes, which takes descriptors
      }
      // loads classes, too
      new ErrorLog(LoggerFactory.getLogger("test"), "a rehearsal").add(new IOException("none"));
      var before = admin.acceptFailures();
      var taken = TakenDescriptors.all();
      taken.freeOne(); // for the client's socket
      var begin = System.nanoTime();
      try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
        client.getOutputStream().write(REQUEST.getBytes(US_ASCII));
        while (admin.acceptFailures() < before + 3) {
          LockSupport.parkNanos(1_000_000);
        }
        var failures = admin.acceptFailures() - before;
        var pauses = (System.nanoTime() - begin) / HttpListener.PAUSE.toNanos();
        taken.free();
        var answer = new String(client.getInputStream().readAllBytes(), UTF_8);
        System.out.printf(
            "paused=%b answer=%b%n", failures <= pauses + 1, answer.endsWith("alive\n"));
      }
      System.exit(0);
    }
  }

  @Test
  void noDescriptors_acceptingPausesAndRecovers() throws Exception {
    var process =
        LimitedJvm.command(DESCRIPTORS, Exhausted.class)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ended").isTrue();
      assertThat(new String(process.getInputStream().readAllBytes(), UTF_8))
          .endsWith("paused=true answer=true\n");
    } finally {
      process.destroyForcibly();
    }
  }
}
