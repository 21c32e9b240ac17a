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
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A fetch that has timed out ends its request and makes room for another. */
@Timeout(120)
class FetchTimeoutTest {
  private static final String ANSWER =
      "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

  @TempDir Path path;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", // an answer that never comes
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
      })
  void timedOutRequest_isEndedAndFreesItsPlace(String answer) throws Exception {
    var requests = new LinkedBlockingQueue<Socket>();
    try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread.ofPlatform().daemon().start(() -> accept(server, answer, requests));
      var url = "http://127.0.0.1:" + server.getLocalPort() + "/";
      try (var host =
              ScriptHost.builder()
                  .eventLoops(1)
                  .callTime(Duration.ofSeconds(5))
                  .fetch(List.of(URI.create(url)))
                  .fetches(1)
                  .build();
          var chain = chain(host, url)) {
        var connection = chain.connect("jack");
        assertThat(chain.send(connection, Message.of("p", "")).replies())
            .as("the first request takes the JVM long, and is answered")
            .extracting(Message::body)
            .containsExactly("an answer");
        for (var i = 0; i < 2; i++) {
          assertThat(chain.send(connection, Message.of("p", "")).replies())
              .extracting(Message::body)
              .containsExactly("TypeError: fetch: no answer in time");
          var socket = requests.poll(60, TimeUnit.SECONDS);
          assertThat(socket).isNotNull();
          assertThat(ends(socket)).isTrue();
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
                let first = true;
                export async function onMessage(ctx) {
                  for (;;) {
                    try {
                      await fetch("%s", { timeout: first ? 30_000 : 500 });
                      first = false;
                      ctx.send("an answer");
                      return;
                    } catch (error) {
                      if (!String(error).includes("too many requests")) {
                        ctx.send(String(error));
                        return;
                      }
                      // the place of the ended request is not free yet
                      await new Promise((resolve) => setTimeout(resolve, 1));
                    }
                  }
                }
                """
                    .formatted(url))
            .read(host, "processors/p.js");
    return TestChain.builder().processor("p", script.processor("p", Map.of())).build();
  }

  private static void accept(
      ServerSocket server, String answer, LinkedBlockingQueue<Socket> requests) {
    try {
      try (var first = server.accept()) {
        first.getOutputStream().write(ANSWER.getBytes(US_ASCII));
      }
      while (true) {
        var socket = server.accept();
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(answer.getBytes(US_ASCII));
        requests.add(socket);
      }
    } catch (IOException _) {
      // The test has ended.
    }
  }

  /** Reads the request, and waits for the end of the stream. Returns whether the end came. */
  private static boolean ends(Socket socket) {
    try (socket) {
      while (socket.getInputStream().read() >= 0) {
        // the bytes of the request
      }
      return true;
    } catch (SocketTimeoutException _) {
      return false;
    } catch (IOException _) {
      return true; // a reset ends the stream, too
    }
  }
}
