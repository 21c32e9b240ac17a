package io.lhttp.scripts.fetch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.lhttp.message.Message;
import io.lhttp.scripts.Folder;
import io.lhttp.scripts.ScriptHost;
import io.lhttp.testing.TestChain;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A fetch does not use an idle connection that its server has closed. */
@Timeout(120)
class FetchReuseTest {
  private static final String ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

  @TempDir Path path;

  /** The client watches its idle connections, and closes one whose server has closed it. */
  @Test
  void post_afterServerClosedIdleConnection_isAnswered() throws Exception {
    var closed = new LinkedBlockingQueue<Boolean>();
    try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofPlatform().daemon().start(() -> answerOnceEach(server, closed));
      var url = "http://127.0.0.1:" + server.getLocalPort() + "/";
      try (var host =
              ScriptHost.builder()
                  .eventLoops(1)
                  .callTime(Duration.ofSeconds(5))
                  .fetch(List.of(URI.create(url)))
                  .build();
          var chain = chain(host, url)) {
        var connection = chain.connect("jack");
        for (var i = 0; i < 3; i++) {
          assertThat(chain.send(connection, Message.of("p", "")).replies())
              .extracting(Message::body)
              .containsExactly("200");
          assertThat(closed.poll(60, TimeUnit.SECONDS)).as("closed by the client, too").isTrue();
        }
      }
    }
  }

  private TestChain chain(ScriptHost host, String url) {
    var script =
        new Folder(path)
            .write(
                "processors/p.js",
                """
                export async function onMessage(ctx) {
                  try {
                    const answer = await fetch("%s", { method: "POST", body: "x" });
                    ctx.send(String(answer.status));
                  } catch (error) {
                    ctx.send(String(error));
                  }
                }
                """
                    .formatted(url))
            .read(host, "processors/p.js");
    return TestChain.builder().processor("p", script.processor("p", Map.of())).build();
  }

  /**
   * Answers one request on each connection and then closes this side of it, as a server does with
   * an idle connection. Reports when the client has closed its side.
   */
  private static void answerOnceEach(ServerSocket server, LinkedBlockingQueue<Boolean> closed) {
    try {
      while (true) {
        try (var socket = server.accept()) {
          socket.setSoTimeout(60_000);
          readRequest(socket);
          socket.getOutputStream().write(ANSWER.getBytes(US_ASCII));
          socket.shutdownOutput();
          closed.add(socket.getInputStream().read() < 0);
        }
      }
    } catch (IOException _) {
      // The test has ended.
    }
  }

  /** Reads a request whose body is one byte. */
  private static void readRequest(Socket socket) throws IOException {
    var read = new StringBuilder();
    while (!read.toString().endsWith("\r\n\r\nx")) {
      var next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("the request has ended: " + read);
      }
      read.append((char) next);
    }
  }
}
