package io.lhttp.server.internal.lifecycle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.fixture.LimitedJvm;
import io.lhttp.fixture.RawClient;
import io.lhttp.fixture.TakenDescriptors;
import io.lhttp.server.LhttpServer;
import io.lhttp.server.Transport;
import io.lhttp.server.fixture.EachTransport;
import io.lhttp.server.internal.limit.AcceptPause;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process without file descriptors stops accepting until it has some again. */
@EachTransport
class DescriptorsTest {
  private static final int DESCRIPTORS = 160;

  /**
   * A process with few file descriptors. It runs the server, and then takes all descriptors that
   * are left.
   */
  static final class Exhausted {
    private Exhausted() {}

    /**
     * Starts a server, opens files until no descriptor is left, and closes them when a line of
     * input arrives.
     *
     * @param args the transport
     */
    @SuppressWarnings("SystemOut")
    public static void main(String[] args) throws Exception {
      var server =
          LhttpServer.builder()
              .host("127.0.0.1")
              .port(0)
              .eventLoops(1)
              .transport(Transport.valueOf(args[0]))
              .start();
      loadClasses();
      try (var warm = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
        warm.getOutputStream().write(RawClient.request("GET /livez", "Host: t").getBytes(UTF_8));
        warm.getInputStream().read(); // loads classes, which takes descriptors
      }
      var begin = System.nanoTime();
      var taken = TakenDescriptors.all();
      System.out.println("full " + server.port());
      while (ServerInternals.of(server).counters().acceptFailures() < 3) {
        LockSupport.parkNanos(1_000_000);
      }
      System.out.println("failing");
      System.in.read();
      taken.free();
      var pauses = (System.nanoTime() - begin) / AcceptPause.PAUSE.toNanos();
      System.out.println(
          "freed " + ServerInternals.of(server).counters().acceptFailures() + " " + pauses);
      System.in.read();
      System.exit(0);
    }

    /**
     * Loads all classes of the class path's folders, because each takes a descriptor for a moment:
     * an event loop that can't load a class ends. Users run jars, which stay open.
     */
    private static void loadClasses() throws IOException {
      for (var entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        var folder = Path.of(entry);
        if (Files.isDirectory(folder)) {
          try (var files = Files.walk(folder)) {
            files.map(file -> folder.relativize(file).toString()).forEach(Exhausted::load);
          }
        }
      }
    }

    private static void load(String file) {
      if (file.endsWith(".class")) {
        try {
          var name = file.substring(0, file.length() - ".class".length());
          var _ =
              Class.forName(
                  name.replace(File.separatorChar, '.'), false, Exhausted.class.getClassLoader());
        } catch (ClassNotFoundException | LinkageError e) {
          // needs a library that these tests do not have
        }
      }
    }
  }

  @Test
  @Timeout(120)
  void noDescriptors_acceptingWaitsAndRecovers() throws Exception {
    var process =
        LimitedJvm.command(DESCRIPTORS, Exhausted.class, EachTransport.Run.current().name())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var says = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      var port = Integer.parseInt(next(says, "full "));
      // The process may close its end of the warm connection only now; this one takes that
      // descriptor.
      try (var _ = new Socket(InetAddress.getLoopbackAddress(), port);
          var client = new Socket()) {
        client.setSoTimeout((int) Duration.ofSeconds(60).toMillis());
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        client.getOutputStream().write(RawClient.request("GET /livez", "Host: t").getBytes(UTF_8));
        next(says, "failing");

        process.getOutputStream().write('\n');
        process.getOutputStream().flush();

        var counts = next(says, "freed ").split(" ", 2);
        assertThat(Long.parseLong(counts[0])).isBetween(1L, Long.parseLong(counts[1]) + 1);
        var answer = client.getInputStream().readNBytes("HTTP/1.1 200".length());
        assertThat(new String(answer, UTF_8)).isEqualTo("HTTP/1.1 200");
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /**
   * Reads until a line with this beginning. Returns the rest of the line; other lines are the
   * log's.
   */
  private static String next(BufferedReader says, String beginning) throws IOException {
    for (var line = says.readLine(); line != null; line = says.readLine()) {
      if (line.startsWith(beginning)) {
        return line.substring(beginning.length());
      }
    }
    throw new AssertionError("the process has ended before it said: " + beginning);
  }
}
