package io.lhttp.examples;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lhttp.testing.TestClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/** A headless browser, driven over the Chrome DevTools Protocol. */
final class Chromium implements AutoCloseable {
  private static final String READY = "DevTools listening on ";
  private static final List<String> PROGRAMS =
      List.of("chromium", "chromium-browser", "google-chrome");
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Runs tasks on its selector's thread, because the JDK's WebSocket (25.0) otherwise loses the end
   * of a connection right after a message.
   */
  private static final HttpClient HTTP = HttpClient.newBuilder().executor(Runnable::run).build();

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> replies = new ConcurrentHashMap<>();

  private Chromium(Process process, URI devTools) {
    this.process = process;
    this.socket = HTTP.newWebSocketBuilder().buildAsync(devTools, new Replies()).join();
  }

  /** Starts a browser with an empty profile. Aborts the test if this machine has none. */
  static Chromium start(Path profile) throws IOException {
    var program = program();
    Assumptions.assumeTrue(program != null, "missing program: chromium");
    var process =
        new ProcessBuilder(
                requireNonNull(program),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .start();
    return new Chromium(process, devTools(process));
  }

  /** Opens a page in a new window of this size. */
  Window open(URI page, int width, int height) {
    var target = call("", "Target.createTarget", Map.of("url", "about:blank", "newWindow", true));
    var session =
        call(
                "",
                "Target.attachToTarget",
                Map.of("targetId", target.get("targetId").asText(), "flatten", true))
            .get("sessionId")
            .asText();
    var window = new Window(session);
    window.call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    window.call("Page.enable", Map.of());
    window.call("Page.navigate", Map.of("url", page.toString()));
    return window;
  }

  @Override
  public void close() {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
  }

  private JsonNode call(String session, String method, Map<String, Object> parameters) {
    var id = ids.incrementAndGet();
    var reply = new CompletableFuture<JsonNode>();
    replies.put(id, reply);
    var request = JSON.createObjectNode().put("id", id).put("method", method);
    request.set("params", JSON.valueToTree(parameters));
    if (!session.isEmpty()) {
      request.put("sessionId", session);
    }
    socket.sendText(request.toString(), true).join();
    return reply.orTimeout(2 * TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  private static @Nullable String program() {
    return PROGRAMS.stream()
        .flatMap(
            name -> Stream.of(System.getenv("PATH").split(":", -1)).map(dir -> Path.of(dir, name)))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst()
        .orElse(null);
  }

  private static URI devTools(Process process) throws IOException {
    BufferedReader output = process.inputReader();
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(READY)) {
        Thread.ofPlatform().daemon().start(() -> output.lines().forEach(ignored -> {}));
        return URI.create(line.substring(READY.length()).strip());
      }
    }
    throw new IOException("the browser did not start");
  }

  /** One window of the browser. */
  final class Window {
    private final String session;

    private Window(String session) {
      this.session = session;
    }

    /** Evaluates an expression of JavaScript. If the value is a promise, waits for it. */
    JsonNode eval(String expression) {
      var result =
          call(
              "Runtime.evaluate",
              Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
      if (result.has("exceptionDetails")) {
        throw new AssertionError(result.get("exceptionDetails").toString());
      }
      return result.get("result").path("value");
    }

    /** Waits until an expression in the page is true. */
    void await(String condition) {
      var millis = TestClient.PATIENCE.toMillis();
      var found =
          eval(
              """
              new Promise((done) => {
                const end = Date.now() + %d;
                const look = () => {
                  let yes = false;
                  try { yes = Boolean(%s); } catch { /* the page is not there yet */ }
                  if (yes || Date.now() > end) done(yes); else setTimeout(look, 20);
                };
                look();
              })
              """
                  .formatted(millis, condition));
      if (!found.asBoolean()) {
        throw new AssertionError(
            "never true: " + condition + "\n" + eval("document.body.innerText"));
      }
    }

    /** Writes a picture of the window as a PNG file, once all animations have ended. */
    void screenshot(Path file) throws IOException {
      await("document.getAnimations().every((a) => a.playState !== 'running')");
      var picture = call("Page.captureScreenshot", Map.of("format", "png")).get("data").asText();
      Files.createDirectories(requireNonNull(file.getParent()));
      Files.write(file, Base64.getDecoder().decode(picture));
    }

    private JsonNode call(String method, Map<String, Object> parameters) {
      return Chromium.this.call(session, method, parameters);
    }
  }

  private final class Replies implements WebSocket.Listener {
    private final StringBuilder partial = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        take(partial.toString());
        partial.setLength(0);
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      end();
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      end();
    }

    private void end() {
      replies
          .values()
          .forEach(reply -> reply.completeExceptionally(new AssertionError("the browser ended")));
    }

    private void take(String text) {
      try {
        var message = JSON.readTree(text);
        var reply = replies.remove(message.path("id").asInt());
        if (reply == null) {
          return; // an event, which has no answer
        }
        if (message.has("error")) {
          reply.completeExceptionally(new AssertionError(message.get("error").toString()));
        } else {
          reply.complete(message.get("result"));
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }
}
