package io.lhttp.app.run;

import io.lhttp.app.FolderFixture;
import io.lhttp.app.Processes;
import io.lhttp.client.LhttpClient;
import io.lhttp.message.Message;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** An application's folder, servers of it in processes of their own, and requests to them. */
abstract class ProcessFixture extends FolderFixture {
  final Processes processes = new Processes();
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void end() {
    processes.close();
    http.close();
  }

  /** Sends a message from a client of its own. Returns the body of the answer. */
  String ask(URI server, String command, String body) throws Exception {
    try (var client = LhttpClient.builder(server).connect()) {
      return client
          .request(Message.of(command, body))
          .get(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS)
          .body();
    }
  }

  String get(URI server, String path) {
    return answer(request(server, path).build()).body();
  }

  String post(URI server, String path) {
    return answer(request(server, path).POST(HttpRequest.BodyPublishers.noBody()).build()).body();
  }

  private static HttpRequest.Builder request(URI server, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getPort() + path));
  }

  HttpResponse<String> answer(HttpRequest request) {
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .orTimeout(Processes.PATIENCE_SECONDS, TimeUnit.SECONDS)
        .join();
  }
}
